/** The terminal as ink draws on it: frames stay on their lines, and go whole when it becomes narrower. */
import { widthOf } from '../width.js'

/** Lines that are too long are cut, for a terminal that has become narrower before its program hears of it. */
const cutting = '\u001B[?7l'
const wrapping = '\u001B[?7h'
const eraseAndUp = '\u001B[2K\u001B[1A'
const up = '\u001B[1A'

export interface Terminal {
  readonly stream: NodeJS.WriteStream
  /** What is drawn at present. */
  frame(lines: readonly string[]): void
  /** After the last frame, which was empty: the line that ink has left for it. */
  close(): void
}

export function terminal(target: NodeJS.WriteStream): Terminal {
  let shown: readonly string[] = []
  // A terminal that becomes narrower breaks the lines there are in two, of which ink knows nothing.
  const broken = () => {
    const extra = shown.reduce((sum, line) => sum + Math.max(0, Math.ceil(widthOf(line) / target.columns) - 1), 0)
    if (extra > 0) target.write(eraseAndUp.repeat(extra))
    shown = []
  }
  // Before ink's own, which erases what it has drawn.
  target.on('resize', broken)
  const stream = Object.create(target, {
    write: { value: (text: string, ...rest: []) => target.write(`${cutting}${text}${wrapping}`, ...rest) },
    // Told how high it is, ink clears all of a terminal that its frame would fill: and what was there before us with it.
    rows: { value: undefined },
    on: { value: (...parameters: Parameters<NodeJS.WriteStream['on']>) => target.on(...parameters) },
    off: { value: (...parameters: Parameters<NodeJS.WriteStream['off']>) => target.off(...parameters) },
  }) as NodeJS.WriteStream
  return {
    stream,
    frame(lines) {
      shown = lines
    },
    close() {
      target.off('resize', broken)
      target.write(up)
    },
  }
}
