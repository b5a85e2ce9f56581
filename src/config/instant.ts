import { FstoreError } from '../errors.js'

/**
 * An instant is text: `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`, UTC, up to microseconds, no trailing zeros in the fraction.
 * A JavaScript `Date` keeps milliseconds only, and Postgres more. Compare through `toMicroseconds`: with fractions
 * of different lengths the order of the texts is not the order of the instants.
 */
const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?)?$/i

const fix = 'Write it with a time zone, such as 2026-03-01T08:00:00Z or 2026-03-01T09:00:00+01:00.'

const first = toMicroseconds('0001-01-01T00:00:00Z')
const last = toMicroseconds('9999-12-31T23:59:59.999999Z')

/**
 * Reads a timestamp at any offset (`Z`, `+02:00`, `+0200`, `+02`), with `T` or a space; a date alone is midnight UTC.
 *
 * @throws FstoreError TIMESTAMP_INVALID: no time zone, no such date, finer than microseconds, not a timestamp.
 */
export function parseInstant(text: string): string {
  const read = readInstant(text)
  if (typeof read === 'string') throw new FstoreError('TIMESTAMP_INVALID', `"${text}" ${read}.`, { fix })
  return fromMicroseconds(read)
}

/** What a caller may give as an instant: text as `parseInstant` reads it, or a Date. */
export type InstantLike = string | Date

/** @throws FstoreError TIMESTAMP_INVALID */
export function instantFrom(value: InstantLike): string {
  if (typeof value === 'string') return parseInstant(value)
  return parseInstant(Number.isNaN(value.valueOf()) ? String(value) : value.toISOString())
}

/** Microseconds since 1970, or the reason why the text is no instant. */
function readInstant(text: string): bigint | string {
  const match = pattern.exec(text.trim())
  if (!match) return 'is not a timestamp'
  const [, year, month, day, hour, minute = '00', second = '00', fraction = '', zone] = match
  if (hour !== undefined && zone === undefined) return 'has no time zone'
  if (/[1-9]/.test(fraction.slice(6))) return 'is finer than microseconds'
  const midnight = dayOf(Number(year), Number(month), Number(day))
  if (midnight === undefined) return 'is a date that does not exist'
  if (Number(hour ?? 0) > 23 || Number(minute) > 59 || Number(second) > 59) return 'is a time that does not exist'
  const offset = offsetMinutes(zone ?? 'Z')
  if (offset === undefined) return 'has an offset that does not exist'
  const time = (Number(hour ?? 0) * 60 + Number(minute) - offset) * 60 + Number(second)
  const value = BigInt(midnight + time * 1000) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
  return value < first || value > last ? 'lies outside the years 1 to 9999' : value
}

/** Milliseconds since 1970 of that day's midnight, UTC. */
function dayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}

function offsetMinutes(zone: string): number | undefined {
  if (/^z$/i.test(zone)) return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 15 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** Microseconds since 1970 of a canonical instant. */
export function toMicroseconds(instant: string): bigint {
  const [whole = '', fraction = ''] = instant.slice(0, -1).split('.')
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** The canonical instant so many microseconds after 1970. */
export function fromMicroseconds(value: bigint): string {
  const fraction = ((value % 1_000_000n) + 1_000_000n) % 1_000_000n
  const whole = new Date(Number((value - fraction) / 1000n)).toISOString().slice(0, 19)
  const digits = fraction.toString().padStart(6, '0').replace(/0+$/, '')
  return digits === '' ? `${whole}Z` : `${whole}.${digits}Z`
}

/** The instant as a Date; what is finer than a millisecond is cut off, towards the past. */
export function toDate(instant: string): Date {
  return new Date(Date.parse(instant))
}

/** Negative where `a` is earlier, 0 where they are the same instant. */
export function compareInstants(a: string, b: string): number {
  const [left, right] = [toMicroseconds(a), toMicroseconds(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
