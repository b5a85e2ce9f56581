/** How long ago an instant was, beside the instant itself. */
import { digits } from '../config/digits.js'
import { count, instant } from './format.js'

const units = [
  ['y', 31_557_600],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** `3h`, `12d`: whole units, rounded down; days up to two years. */
export function span(seconds: number): string {
  const length = Math.abs(seconds)
  const [unit, one] = units.find(([unit, one]) => length >= (unit === 'y' ? 2 * one : one)) ?? units[4]
  return `${digits(Math.trunc(length / one))}${unit}`
}

/** `3h ago`, `in 2d`. */
export function relative(seconds: number): string {
  return seconds < 0 ? `in ${span(seconds)}` : `${span(seconds)} ago`
}

/** `3h ago` alone; `-` for none. */
export function since(text: string | null, now: number = Date.now()): string {
  return text === null ? '-' : relative((now - Date.parse(text)) / 1000)
}

/** `2026-03-01T08:00:00Z · 3h ago`, to the second; `-` for none. */
export function ago(text: string | null, now: number = Date.now()): string {
  if (text === null) return '-'
  return `${instant(text.replace(/\.\d+Z$/, 'Z'))} · ${since(text, now)}`
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
