/** How long ago an instant was, beside the instant itself. */
import { count, instant } from './format.js'

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

const short = { day: 'd', hour: 'h', minute: 'min', second: 's' } as const

/** `3 h`, `12 d`: whole units, rounded down. */
export function span(seconds: number): string {
  const [unit, length] = units.find(([, one]) => Math.abs(seconds) >= one) ?? units[3]
  return `${Math.trunc(Math.abs(seconds) / length).toLocaleString('en-US')} ${short[unit]}`
}

/** `3 h ago`, `in 2 d`. */
export function relative(seconds: number): string {
  return seconds < 0 ? `in ${span(seconds)}` : `${span(seconds)} ago`
}

/** `2026-03-01T08:00:00Z (3 h ago)`, to the second; `-` for none. */
export function ago(text: string | null, now: number = Date.now()): string {
  if (text === null) return '-'
  const seconds = (now - Date.parse(text)) / 1000
  return `${instant(text.replace(/\.\d+Z$/, 'Z'))} (${relative(seconds)})`
}

/** `2001-01-01 to 2001-04-01`, or how many spans there are. */
export function spans(list: readonly (readonly [string, string])[]): string {
  const [only, ...more] = list
  if (only === undefined) return '-'
  const text = ([start, end]: readonly [string, string]) => `${instant(start)} to ${instant(end)}`
  return more.length === 0
    ? text(only)
    : `${text([only[0], (more.at(-1) ?? only)[1]])} in ${count(list.length, 'span')}`
}
