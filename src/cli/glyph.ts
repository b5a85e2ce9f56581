/** Signs before words, the same in all that fstore prints; never instead of words. */
import type { colors } from './output.js'

export const glyph = { good: '✓', bad: '✗', odd: '⚠', none: '○', busy: '●' } as const

type Colors = ReturnType<typeof colors>

/** Text that starts with a sign, the sign in its colour. */
export function signed(text: string, c: Colors): string {
  const paint = { '✓': c.green, '✗': c.red, '⚠': c.yellow, '○': c.dim, '●': c.cyan }[text.charAt(0)]
  return paint === undefined ? text : paint(text.charAt(0)) + text.slice(1)
}

/** What is said beside a figure is said softly: ` · 3h ago`, and the unit of a number. */
export function softened(text: string, c: Colors): string {
  if (text === '-') return c.dim(text)
  const [, head = text, tail = ''] = /^(.*?)( · .*)$/s.exec(text) ?? []
  const [, number, unit] = /^(-?[\d.,]+)([a-zµ%]+)$/.exec(head) ?? []
  const shown = number === undefined ? signed(head, c) : number + c.dim(unit as string)
  return tail === '' ? shown : shown + c.dim(tail)
}
