/** From the rows that a read found to the values of one entity. */
import type { FeatureValue } from '../config/inference.js'
import { toDate, toMicroseconds } from '../config/instant.js'
import { instantOf, unpack } from '../registry/value.js'
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
}

/** @param first where the rows of the entity begin among the answers */
export function assemble(
  wanted: readonly Wanted[],
  answers: readonly (Answer | undefined)[],
  now: bigint,
  first = 0,
): Values {
  const features: Record<string, FeatureValue<unknown>> = {}
  const values: Record<string, unknown> = {}
  let stamp: Stamp | undefined
  let stamped = -1
  for (const want of wanted) {
    const answer = answers[first + want.row]
    // Features of one row follow each other.
    if (want.row !== stamped) stamp = stampOf(answer)
    stamped = want.row
    const value = featureValue(want, answer, stamp, now)
    features[want.name] = value
    values[want.name] = value.value
  }
  return { features, values }
}

function stampOf(answer: Answer | undefined): Stamp | undefined {
  if (answer === undefined || answer.packed === null) return undefined
  const eventTimestampText = instantOf(answer.packed[1])
  return { eventTimestamp: toDate(eventTimestampText), eventTimestampText, source: answer.source }
}

function featureValue(
  want: Wanted,
  answer: Answer | undefined,
  stamp: Stamp | undefined,
  now: bigint,
): FeatureValue<unknown> {
  const packed = answer?.packed
  if (packed === null || packed === undefined || stamp === undefined)
    return { value: null, status: 'NOT_FOUND', eventTimestamp: null, eventTimestampText: null, source: null }
  const { eventTimestamp, eventTimestampText, source } = stamp
  if (isExpired(eventTimestampText, want.ttl, now))
    return { value: null, status: 'EXPIRED', eventTimestamp, eventTimestampText, source }
  const value = unpack(want.feature, packed[want.position + 2])
  return value === null
    ? { value, status: 'NULL_VALUE', eventTimestamp, eventTimestampText, source }
    : { value, status: 'PRESENT', eventTimestamp, eventTimestampText, source }
}

/** Exactly ttl old is still valid, as in a point-in-time join. */
function isExpired(eventTimestamp: string, ttl: number | undefined, now: bigint): boolean {
  return ttl !== undefined && now - toMicroseconds(eventTimestamp) > BigInt(ttl) * 1_000_000n
}
