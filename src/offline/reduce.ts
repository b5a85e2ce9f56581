/** One step of each reducer: from what a feature has, and what an event gives, to what it has then. Pure. */
import type { ReducerFields } from '../config/reducer.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { compare } from './event-rules.js'
import { type Exact, exactValue } from './pushed-value.js'

/** A feature of one entity. */
export interface Held {
  readonly value: Exact
  /** What its reducer keeps besides, as JSON. */
  readonly state?: unknown
}

/** Undefined where nothing changes; else what the feature has then, or why that cannot be. */
export type Step = Held | { readonly wrong: string } | undefined

/** How many values `mode` counts. */
const mostCounted = 1_000

export function reduce(feature: FeatureSnapshot, { name, alpha = 1 }: ReducerFields, held: Held, given: unknown): Step {
  if (given === undefined) return undefined
  if (name === 'last') return settled(feature, given)
  if (given === null || (name === 'first' && held.value !== null)) return undefined
  const read = settled(feature, given)
  if ('wrong' in read || name === 'first') return read
  if (feature.dataType === 'float64' && !Number.isFinite(Number(read.value))) return { wrong: 'is no finite number' }
  switch (name) {
    case 'increment':
      return sum(feature, held.value, read.value)
    case 'max':
    case 'min':
      return extreme(feature, held.value, read.value, name === 'max' ? 1 : -1)
    case 'ema':
      return settled(
        feature,
        held.value === null ? read.value : smoothed(alpha, Number(held.value), Number(read.value)),
      )
    case 'average':
      return mean(held.state as Sum | undefined, Number(read.value))
    case 'mode':
      return mostFrequent(feature, held.state as Counts | undefined, read.value)
  }
}

/** Checked against the feature's type, and in one form: what comes from the database must be told from it alike. */
export function settled(feature: FeatureSnapshot, given: unknown): Held | { readonly wrong: string } {
  const read = exactValue(feature, given)
  return 'wrong' in read || read.value !== '-0' ? read : { value: -0 }
}

function smoothed(alpha: number, previous: number, value: number): number {
  return alpha * value + (1 - alpha) * previous
}

function sum(feature: FeatureSnapshot, before: Exact, by: Exact): Step {
  if (feature.dataType === 'int64') return settled(feature, BigInt((before as string) ?? 0) + BigInt(by as string))
  const value = Number(before) + Number(by)
  return Number.isFinite(value) ? { value } : { wrong: 'is no finite number' }
}

function extreme({ dataType }: FeatureSnapshot, before: Exact, value: Exact, sign: 1 | -1): Step {
  return before === null || compare(dataType, value, before) * sign > 0 ? { value } : undefined
}

type Sum = readonly [sum: number, count: number]

function mean([before, count]: Sum = [0, 0], value: number): Step {
  const sum = before + value
  if (!Number.isFinite(sum)) return { wrong: 'is no finite number' }
  return { value: sum / (count + 1), state: [sum, count + 1] }
}

type Counts = readonly (readonly [value: Exact, count: number])[]

/** Of values that are equally frequent the smallest, so that their order does not matter. */
function mostFrequent({ dataType }: FeatureSnapshot, before: Counts = [], given: Exact): Step {
  const value = given === 0 ? 0 : given
  const at = before.findIndex(([one]) => one === value)
  if (at === -1 && before.length >= mostCounted) return { wrong: `has had more than ${mostCounted} different values` }
  const now: Counts =
    at === -1 ? [...before, [value, 1]] : before.map(([one, count], i) => [one, i === at ? count + 1 : count])
  const [most] = now.reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && compare(dataType, b[0], a[0]) < 0) ? b : a))
  return { value: most, state: now }
}
