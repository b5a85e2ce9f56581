/** Rolling aggregates as one would write them without a database: every window looks at all events. */
import type { RollingFunction } from '../../src/config/project.js'

export interface Event {
  readonly k: string | null
  readonly k2: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly v: number | null
}

export interface Rolling {
  /** Milliseconds. */
  readonly every: number
  readonly windows: Readonly<Record<string, number>>
  readonly composite: boolean
}

export const functions = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'stddev',
  'first',
  'last',
  'count_distinct',
] as const satisfies readonly RollingFunction[]

export interface Expected {
  readonly k: string
  readonly k2?: number
  readonly event_timestamp: string
  readonly [feature: string]: string | number | null | undefined
}

/** The rows that windows ending after `start`, up to `end`, have. */
export function rolled(events: readonly Event[], rolling: Rolling, start: number, end: number): Expected[] {
  const { every, windows, composite } = rolling
  const longest = Math.max(...Object.values(windows))
  const entities = new Map<string, Event[]>()
  for (const event of events) {
    if (event.k === null) continue
    const key = JSON.stringify([event.k, composite ? event.k2 : null])
    entities.set(key, [...(entities.get(key) ?? []), event])
  }
  const rows: Expected[] = []
  for (const own of entities.values())
    for (let at = start + every; at <= end; at += every)
      if (between(own, at - longest - every, at).length > 0) rows.push(rowOf(own, at, rolling))
  return rows
}

function between(events: readonly Event[], from: number, to: number): Event[] {
  return events.filter(({ at }) => at >= from && at < to)
}

function rowOf(events: readonly Event[], at: number, { windows, composite }: Rolling): Expected {
  const [{ k, k2 }] = events as [Event]
  const features = Object.entries(windows).flatMap(([name, length]) => {
    const inside = between(events, at - length, at)
    return [
      [`events__count__${name}`, inside.length] as const,
      ...functions.map((how) => [`v__${how}__${name}`, aggregates[how](inside)] as const),
    ]
  })
  const stamp = new Date(at).toISOString().replace('.000Z', 'Z')
  return { k: k as string, ...(composite && { k2 }), event_timestamp: stamp, ...Object.fromEntries(features) }
}

/** What can be reckoned with, in the order of time; of one instant, the smaller first. */
function numbers(events: readonly Event[]): number[] {
  return events
    .filter(({ v }) => v !== null && Number.isFinite(v))
    .toSorted((a, b) => a.at - b.at || (a.v as number) - (b.v as number))
    .map(({ v }) => (v as number) + 0)
}

type Aggregate = (events: readonly Event[]) => number | null
const orNull = (found: (numbers: number[]) => number): Aggregate => {
  return (events) => (numbers(events).length === 0 ? null : found(numbers(events)))
}

const aggregates: Record<(typeof functions)[number], Aggregate> = {
  count: (events) => events.filter(({ v }) => v !== null).length,
  sum: (events) => toNumber(total(numbers(events)), digits),
  avg: orNull((all) => toNumber(total(all), digits) / all.length),
  min: orNull((all) => Math.min(...all)),
  max: orNull((all) => Math.max(...all)),
  stddev: (events) => deviation(numbers(events)),
  first: orNull((all) => all[0] as number),
  last: orNull((all) => all.at(-1) as number),
  count_distinct: (events) => new Set(events.map(({ v }) => v).filter((v) => v !== null)).size,
}

/** Decimals are added as whole numbers of so many digits behind the point. */
const digits = 60

function total(all: readonly number[]): bigint {
  return all.map(decimal).reduce((sum, one) => sum + one, 0n)
}

function decimal(value: number): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  const scale = digits - fraction.length + Number(exponent)
  if (scale < 0) throw new Error(`${value} has too many digits`)
  return (sign === '-' ? -1n : 1n) * BigInt(whole + fraction) * 10n ** BigInt(scale)
}

function toNumber(scaled: bigint, places: number): number {
  return Number(`${scaled}e-${places}`)
}

function deviation(all: readonly number[]): number | null {
  const n = BigInt(all.length)
  if (n < 2n) return null
  const [sum, squares] = [total(all), all.map(decimal).reduce((s, one) => s + one * one, 0n)]
  return Math.sqrt(toNumber(n * squares - sum * sum, 2 * digits) / (all.length * (all.length - 1)))
}
