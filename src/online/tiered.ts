/** A read through the tiers: each is asked once for what those above it could not tell, and fills them. */
import type { FeatureValue, Read } from '../config/inference.js'
import { toDate, toMicroseconds } from '../config/instant.js'
import { instantOf, unpack } from '../registry/value.js'
import type { Packed } from './packed.js'
import type { Lookup, Tier } from './tier.js'

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

export interface Answer {
  readonly packed: Packed | null
  readonly source: Tier['name']
}

/** @returns a row, or null, for each lookup, and the tier that said so */
export async function readTiers(
  tiers: readonly Tier[],
  tenant: string,
  lookups: readonly Lookup[],
): Promise<(Answer | undefined)[]> {
  const answers: (Answer | undefined)[] = lookups.map(() => undefined)
  const above: Tier[] = []
  for (const tier of tiers) {
    const open = lookups.flatMap((lookup, i) => (answers[i] === undefined ? [{ lookup, i }] : []))
    if (open.length === 0) break
    const found = await tier.read(
      tenant,
      open.map(({ lookup }) => lookup),
    )
    const rows = open.flatMap(({ lookup, i }, k) => {
      const packed = found[k]
      if (packed === undefined) return []
      answers[i] = { packed, source: tier.name }
      return [{ lookup, found: packed }]
    })
    if (rows.length > 0) for (const upper of above) upper.fill?.(tenant, rows)
    above.push(tier)
  }
  return answers
}

/** The answer for one entity. */
export function assemble(
  wanted: readonly Wanted[],
  answers: readonly (Answer | undefined)[],
  now: bigint,
): Omit<Read<Record<string, unknown>>, 'latencyMs'> {
  const features: Record<string, FeatureValue<unknown>> = {}
  const values: Record<string, unknown> = {}
  for (const want of wanted) {
    const value = featureValue(want, answers[want.row], now)
    features[want.name] = value
    values[want.name] = value.value
  }
  return { features, values }
}

function featureValue(want: Wanted, answer: Answer | undefined, now: bigint): FeatureValue<unknown> {
  const packed = answer?.packed
  if (answer === undefined || packed === null || packed === undefined)
    return { value: null, status: 'NOT_FOUND', eventTimestamp: null, eventTimestampText: null, source: null }
  const eventTimestampText = instantOf(packed[1])
  const stamp = { eventTimestamp: toDate(eventTimestampText), eventTimestampText, source: answer.source }
  if (isExpired(eventTimestampText, want.ttl, now)) return { value: null, status: 'EXPIRED', ...stamp }
  const value = unpack(want.feature, packed[want.position + 2])
  return value === null ? { value, status: 'NULL_VALUE', ...stamp } : { value, status: 'PRESENT', ...stamp }
}

/** Exactly ttl old is still valid, as in a point-in-time join. */
function isExpired(eventTimestamp: string, ttl: number | undefined, now: bigint): boolean {
  return ttl !== undefined && now - toMicroseconds(eventTimestamp) > BigInt(ttl) * 1_000_000n
}
