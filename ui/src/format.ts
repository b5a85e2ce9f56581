/** Numbers, instants and spans of time, as short as they can be told apart. */

import type { StatisticValue, Value } from '../../src/ui/model.js'

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export function count(value: number | null | undefined): string {
  return value == null ? '–' : whole.format(value)
}

export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value)
}

/** `1 row`, `2 rows`. */
export function plural(value: number, noun: string, several = `${noun}s`): string {
  return `${whole.format(value)} ${value === 1 ? noun : several}`
}

/** A measured number in four digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(2)
  return whole.format(Number(value.toPrecision(4)))
}

export function statistic(value: StatisticValue | boolean): string {
  if (value === null) return '–'
  return typeof value === 'number' ? figure(value) : typeof value === 'string' ? instantOr(value) : String(value)
}

function instantOr(text: string): string {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? instant(text) : text
}

export function percent(share: number): string {
  return `${figure(Math.round(share * 10_000) / 100)}%`
}

/** `2026-03-01 08:00` in UTC; seconds and less only where there are any. */
export function instant(text: string): string {
  const [day = '', time = ''] = text.replace(/Z$/, '').split('T')
  const exact = time.replace(/(:00)?(\.0+)?$/, '').replace(/(\.\d{3})\d+$/, '$1')
  return exact === '' || time === '00:00:00' ? day : `${day} ${exact === '00' ? '00:00' : exact}`
}

const units: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/** `3 d`, `5 h 20 min`: one unit, or two where the first is small. */
export function span(seconds: number): string {
  const size = Math.abs(seconds)
  if (size < 1) return size === 0 ? '0 s' : '<1 s'
  const index = units.findIndex(([length]) => size >= length)
  const [length, unit] = units[index] ?? [1, 's']
  const first = Math.floor(size / length)
  const below = units[index + 1]
  const second = below && first < 10 ? Math.floor((size % length) / below[0]) : 0
  return below && second > 0 ? `${whole.format(first)} ${unit} ${second} ${below[1]}` : `${whole.format(first)} ${unit}`
}

/** One unit is enough for how long ago something was. */
function coarse(seconds: number): string {
  const [length, unit] = units.find(([length]) => seconds >= length) ?? [1, 's']
  return `${whole.format(Math.floor(seconds / length))} ${unit}`
}

export function milliseconds(value: number): string {
  if (value < 1000) return `${Math.round(value)} ms`
  return value < 60_000 ? `${(value / 1000).toFixed(1)} s` : span(value / 1000)
}

export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000
}

/** `3 h ago`, `in 5 min`. */
export function ago(text: string, now: string): string {
  const seconds = secondsBetween(text, now)
  if (Math.abs(seconds) < 1) return 'now'
  const size = coarse(Math.abs(seconds))
  return seconds < 0 ? `in ${size}` : `${size} ago`
}

export function value(given: Value): string {
  if (given === null) return 'null'
  return typeof given === 'string' ? given : typeof given === 'object' ? JSON.stringify(given) : String(given)
}

/** Where it can be drawn on an axis. */
export function numeric(given: Value | undefined): number | null {
  if (typeof given === 'boolean') return given ? 1 : 0
  if (given === null || given === undefined || given === '' || typeof given === 'object') return null
  const number = Number(given)
  if (Number.isFinite(number)) return number
  const time = typeof given === 'string' && /^\d{4}-/.test(given) ? Date.parse(given) : Number.NaN
  return Number.isFinite(time) ? time / 1000 : null
}
