/** From the rows that a read found to the values of one entity. */
import type { FeatureValue } from '../config/inference.js'
import { toDate, toMicroseconds } from '../config/instant.js'
import { instantOf, unpack } from '../registry/value.js'
import { type Layout, layoutOf } from './layout.js'
import type { Packed } from './packed.js'
import type { Lookup } from './tier.js'
import type { Answer } from './tiered.js'

/** One feature of the answer: where its value stands in which row. */
export interface Wanted {
  /** The name in the answer. */
  readonly name: string
  readonly feature: Lookup['version']['features'][number]
  /** Place among the values of the row. */
  readonly position: number
  /** Seconds; absent: never expires. */
  readonly ttl?: number
  /** Which of an entity's rows: index into its lookups. */
  readonly row: number
}

export interface Values {
  readonly features: Record<string, FeatureValue<unknown>>
  readonly values: Record<string, unknown>
}

interface Stamp {
  readonly eventTimestamp: Date
  readonly eventTimestampText: string
  readonly source: Answer['source']
  readonly isExpired: boolean
}

interface Instant {
  /** As the row has it. */
  readonly packed: string
  readonly text: string
  readonly milliseconds: number
  /** Told when a ttl first asks for it. */
  microseconds?: bigint
}

type Value = FeatureValue<unknown>

let lastInstant: Instant = { packed: '', text: '', milliseconds: Number.NaN }
const layouts = new WeakMap<readonly Wanted[], Layout>()

/** @param first where the rows of the entity begin among the answers */
export function assemble(
  wanted: readonly Wanted[],
  answers: readonly (Answer | undefined)[],
  now: bigint,
  first = 0,
): Values {
  const list = new Array<Value>(wanted.length)
  let answer: Answer | undefined
  let stamp: Stamp | undefined
  let stamped = -1
  for (let i = 0; i < wanted.length; i++) {
    const want = wanted[i] as Wanted
    // Features of one row follow each other, and are of one group.
    if (want.row !== stamped) {
      answer = answers[first + want.row]
      stamp = stampOf(answer, want.ttl, now)
      stamped = want.row
    }
    list[i] = stamp === undefined ? notFound() : featureValue(want, answer?.packed as Packed, stamp)
  }
  const { features, values } = layoutFor(wanted)
  return { features: features(list), values: values(list) }
}

function layoutFor(wanted: readonly Wanted[]): Layout {
  const known = layouts.get(wanted)
  if (known !== undefined) return known
  const layout = layoutOf(wanted.map(({ name }) => name))
  layouts.set(wanted, layout)
  return layout
}

function stampOf(answer: Answer | undefined, ttl: number | undefined, now: bigint): Stamp | undefined {
  if (answer === undefined || answer.packed === null) return undefined
  const instant = instantFor(answer.packed[1])
  return {
    eventTimestamp: new Date(instant.milliseconds),
    eventTimestampText: instant.text,
    source: answer.source,
    isExpired: ttl !== undefined && isExpired(instant, ttl, now),
  }
}

/** Rows that are read together are often as of one instant. */
function instantFor(packed: string): Instant {
  if (packed !== lastInstant.packed) {
    const text = instantOf(packed)
    lastInstant = { packed, text, milliseconds: toDate(text).getTime() }
  }
  return lastInstant
}

function notFound(): Value {
  return { value: null, status: 'NOT_FOUND', eventTimestamp: null, eventTimestampText: null, source: null }
}

function featureValue({ feature, position }: Wanted, packed: Packed, stamp: Stamp): Value {
  const { eventTimestamp, eventTimestampText, source, isExpired } = stamp
  if (isExpired) return { value: null, status: 'EXPIRED', eventTimestamp, eventTimestampText, source }
  const value = unpack(feature, packed[position + 2])
  return value === null
    ? { value, status: 'NULL_VALUE', eventTimestamp, eventTimestampText, source }
    : { value, status: 'PRESENT', eventTimestamp, eventTimestampText, source }
}

/** Exactly ttl old is still valid, as in a point-in-time join. */
function isExpired(instant: Instant, ttl: number, now: bigint): boolean {
  instant.microseconds ??= toMicroseconds(instant.text)
  return now - instant.microseconds > BigInt(ttl) * 1_000_000n
}
