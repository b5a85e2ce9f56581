/** From what the database counted of a feature to its statistics. */
import type { DataType } from '../config/project.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import type { Bins, FeatureStatistics, Histogram, StatisticValue } from '../registry/statistics.js'
import { instantOf } from '../registry/value.js'
import { bars, mostValues, shares } from './profile-sql.js'

/** As `featureSql` yields it. */
export interface ProfiledFeature {
  readonly rows: number
  readonly nulls: number
  /** Neither null nor NaN nor infinite. */
  readonly usable?: number
  readonly nan?: number
  readonly mean?: number | null
  readonly stddev?: number | null
  readonly quantiles?: readonly string[] | null
  readonly distinct?: number
  /** Values that occur once. */
  readonly once?: number
  readonly top?: readonly (readonly [string, number])[] | null
  readonly edges?: readonly string[] | null
  /** How many values are not above an edge. */
  readonly upToEdge?: readonly number[] | null
  /** How many are in a bar of the histogram or before it, for all but the last. */
  readonly upToBar?: readonly number[] | null
  /** Counts of the values of given bins. */
  readonly values?: readonly number[] | null
}

/** Those that are shown. */
const shownShares = new Set([0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1])

/** @param all how many rows there are, and the bins that were given */
export function readFeature(
  { name, dataType }: FeatureSnapshot,
  raw: ProfiledFeature,
  all: { readonly rows: number; readonly bins: Bins | undefined },
): FeatureStatistics {
  const { rows, nulls, usable = rows - nulls, nan = 0, mean = null, stddev = null, distinct } = raw
  const quantiles = (raw.quantiles ?? []).map((text) => readValue(dataType, text))
  const top = (raw.top ?? []).map(([text, count]) => ({ value: readValue(dataType, text), count }))
  const isNamed = quantiles.length === 0 || (distinct ?? 0) <= mostValues
  return {
    feature: name,
    dataType,
    rows,
    nulls,
    nan,
    infinite: rows - nulls - usable - nan,
    mean,
    stddev,
    min: quantiles[0] ?? null,
    max: quantiles.at(-1) ?? null,
    quantiles: quantiles.flatMap((value, i) => {
      const share = shares[i] as number
      return shownShares.has(share) ? [[share, value] as const] : []
    }),
    distinct: distinct === undefined ? null : distinctOf({ ...raw, distinct, usable }, all.rows),
    top: isNamed ? top : [],
    histogram: histogramOf(raw, quantiles),
    bins: binsOf(raw, { usable, dataType, given: all.bins, top, isNamed }),
  }
}

function readValue(dataType: DataType, text: string): StatisticValue {
  if (dataType === 'timestamp') return instantOf(text)
  if (dataType !== 'int64' && dataType !== 'float64') return text
  const number = Number(text)
  // Negative zero is no value of its own.
  return dataType === 'float64' || Number.isSafeInteger(number) ? number + 0 : text
}

/**
 * How many different values all rows have, by what a sample of them has: the estimator of Haas and Stokes that
 * PostgreSQL's own ANALYZE uses.
 */
function distinctOf(
  { rows, usable, distinct, once = 0 }: ProfiledFeature & { usable: number; distinct: number },
  all: number,
): number {
  if (rows >= all || usable === 0) return distinct
  const whole = (all * usable) / rows
  const estimate = (usable * distinct) / (usable - once + (once * usable) / whole)
  return Math.round(Math.min(Math.max(estimate, distinct), whole))
}

function histogramOf({ upToBar, usable = 0 }: ProfiledFeature, quantiles: readonly StatisticValue[]): Histogram | null {
  const [low, high] = [quantiles[1], quantiles.at(-2)]
  if (low === undefined || high === undefined) return null
  return { low, high, counts: upToBar ? between(upToBar, usable) : Array.from({ length: bars }, () => 0) }
}

/** From how many there are up to each of several places to how many are between them, before the first and after the last. */
function between(upTo: readonly number[], all: number): number[] {
  return [...upTo, all].map((count, i) => count - (upTo[i - 1] ?? 0))
}

interface Binned {
  readonly usable: number
  readonly dataType: DataType
  readonly given: Bins | undefined
  readonly top: FeatureStatistics['top']
  readonly isNamed: boolean
}

/** Into those given; else few different values are bins of their own, and many are parted at every 5 %. */
function binsOf(raw: ProfiledFeature, { usable, dataType, given, top, isNamed }: Binned): Bins | null {
  const others = (counts: readonly number[]) => usable - counts.reduce((sum, count) => sum + count, 0)
  if (given?.kind === 'values') {
    const counts = raw.values ?? given.values.map(() => 0)
    return { kind: 'values', values: given.values, counts: [...counts, others(counts)] }
  }
  if (given?.kind === 'edges') return { ...given, counts: between(raw.upToEdge ?? [], usable) }
  if (usable === 0 || raw.distinct === undefined) return null
  if (isNamed) {
    const counts = top.map(({ count }) => count)
    return { kind: 'values', values: top.map(({ value }) => value), counts: [...counts, others(counts)] }
  }
  const edges = (raw.edges ?? []).map((text) => readValue(dataType, text))
  return { kind: 'edges', edges, counts: between(raw.upToEdge ?? [], usable) }
}
