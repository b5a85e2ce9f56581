/** Lines as ink draws them: those that stay scroll up, the others are drawn anew in their place. */
import type * as Ink from 'ink'
import type { ReactElement } from 'react'

export interface LiveLines {
  readonly settled: readonly string[]
  readonly lines: readonly string[]
}

/** @param props.ink which loads only where something is drawn, and cannot be imported from here */
export function LiveView({ ink, settled, lines }: LiveLines & { readonly ink: typeof Ink }): ReactElement {
  const { Box, Static, Text } = ink
  return (
    <Box flexDirection="column">
      <Static items={[...settled]}>{(line, index) => <Text key={index}>{line}</Text>}</Static>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <Text key={index} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  )
}
