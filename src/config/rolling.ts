import type { Entity, Group, GroupOptions } from './define.js'
import type { Duration } from './duration.js'
import { type Feature, float64, int64 } from './feature.js'
import { mark } from './marker.js'
import { type PickFrom, pickFrom } from './pick.js'
import type { RollingFunction } from './project.js'
import type { Sql } from './sql.js'

export const rollingFunctions: readonly RollingFunction[] = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'stddev',
  'first',
  'last',
  'count_distinct',
]

/** What is rolled up: `expr` over the events of a window, by each of the functions. */
export interface Measure {
  /** SQL of one value of the source. Absent: the events themselves, which can only be counted. */
  readonly expr?: string
  readonly functions: readonly RollingFunction[]
}

type Measures = Readonly<Record<string, Measure>>

/** One feature for each measure, function and window: `late__avg__7d`. */
export type RollingFeatures<M extends Measures, W extends readonly Duration[]> = {
  readonly [Name in {
    [P in keyof M & string]: `${P}__${M[P]['functions'][number]}__${W[number]}`
  }[keyof M & string]]: Feature<number>
}

/** A group of counts, sums and the like over the last so many days. */
export interface RollingOptions<E extends Entity, M extends Measures, W extends readonly Duration[]>
  extends Omit<GroupOptions, 'maxRejected'> {
  readonly entity: E
  /** A table of events, `flights` or `schema.flights`, or a SELECT of them. */
  readonly source: string | Sql
  /** The column that says when an event was known. */
  readonly timestamp: string
  /** By key of the entity, the column that holds it. Absent: the column of the same name. */
  readonly keys?: { readonly [K in keyof E['keys']]?: string }
  readonly measures: M
  /** How far back to look: each a whole number of `every`. */
  readonly windows: W
}

/** A group of counts, sums and the like over the last so many days of events, at the end of every `every`. */
export function rolling<
  const N extends string,
  E extends Entity,
  const M extends Measures,
  const W extends readonly Duration[],
>(name: N, options: RollingOptions<E, M, W>): Group<N, E, RollingFeatures<M, W>, 'batch'> {
  const { source, timestamp, keys, measures, windows, ...rest } = options
  const features = featuresOf(measures, windows) as RollingFeatures<M, W>
  const pick = pickFrom(name) as unknown as PickFrom<N, E['keys'], RollingFeatures<M, W>>
  const own = { source, timestamp, keys, measures, windows }
  return mark('group', { ...rest, name, sourceType: 'batch' as const, features, rolling: own }, { pick })
}

/** Malformed measures and windows make no feature: the parser tells what is wrong with them. */
function featuresOf(measures: unknown, windows: unknown): Record<string, Feature<number>> {
  const spans = listOf<Duration>(windows).filter((window) => /^\d+[smhdw]$/.test(window))
  const named = Object.entries(Object(measures) as Record<string, Partial<Measure> | undefined>)
  const features: Record<string, Feature<number>> = {}
  for (const [measure, rolled] of named.filter(([name]) => /^[a-z][a-z0-9_]*$/.test(name)))
    for (const how of listOf<RollingFunction>(rolled?.functions).filter((name) => rollingFunctions.includes(name)))
      for (const window of spans) features[rollingFeature(measure, how, window)] = featureOf(how, window)
  return features
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? value : []
}

/** The name of one feature. */
export function rollingFeature(measure: string, how: RollingFunction, window: string): string {
  return `${measure}__${how}__${window}`
}

function featureOf(how: RollingFunction, window: Duration): Feature<number> {
  if (how === 'count_distinct') return int64({ window })
  if (how === 'stddev') return float64({ window })
  return how === 'count' ? int64({ window, aggregation: how }) : float64({ window, aggregation: how })
}
