/** What changes of a group, in lines: features, then SQL. */
import type { GroupChange } from '../plan/change.js'
import type { colors } from './output.js'

export function changeLines(
  { features, sql }: Pick<GroupChange, 'features' | 'sql'>,
  c: ReturnType<typeof colors>,
): string[] {
  return [
    ...features.map(({ feature, before, after }) => {
      if (before === null) return c.green(`+ ${feature}: ${after}`)
      if (after === null) return c.red(`- ${feature}: ${before}`)
      return c.yellow(`~ ${feature}: ${before} → ${after}`)
    }),
    ...sql.flatMap(({ feature, lines }) => [
      c.dim(feature === null ? 'SQL' : `SQL of ${feature}`),
      ...lines.map((line) => (line.startsWith('+') ? c.green(line) : line.startsWith('-') ? c.red(line) : c.dim(line))),
    ]),
  ]
}
