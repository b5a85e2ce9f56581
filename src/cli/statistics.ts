/** Statistics as people read them. */
import { digits } from '../config/digits.js'
import type { FeatureStatistics, RunStatistics, StatisticValue } from '../registry/statistics.js'
import type { Bars } from './bars.js'
import { count, instant, value } from './format.js'

export interface Bar {
  readonly label: string
  readonly amount: number
}

/** `2026-02-27 to 2026-03-02, 1,200 rows`, and whether they are a sample. */
export function runLine({
  start,
  end,
  rows,
  sampleRows,
}: Pick<RunStatistics, 'start' | 'end' | 'rows' | 'sampleRows'>) {
  const period =
    start === null || end === null ? 'the newest row of each entity' : `${instant(start)} to ${instant(end)}`
  const sample = sampleRows < rows ? `, by a sample of ${digits(sampleRows)}` : ''
  return `${period}: ${count(rows, 'row')}${sample}`
}

export function percent(share: number): string {
  return Number.isNaN(share) ? '-' : `${Number((share * 100).toPrecision(3))}%`
}

export function shown(one: StatisticValue | null): string {
  return one === null ? '-' : typeof one === 'string' ? cut(one.replace('T00:00:00Z', '')) : value(one)
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 32 ? `${line.slice(0, 31)}…` : line
}

/** Of all rows, where they were sampled, about. */
export function amountOf({ rows, nulls }: FeatureStatistics, run: RunStatistics): string {
  const all = rows === 0 ? 0 : ((rows - nulls) / rows) * run.rows
  return digits(Math.round(all))
}

export function nullShare({ rows, nulls }: FeatureStatistics): string {
  return percent(nulls / rows)
}

export function quantile({ quantiles }: FeatureStatistics, share: number): string {
  return shown(quantiles.find(([at]) => at === share)?.[1] ?? null)
}

/** Values by name where they are few, numbers in their order; else the bars of the histogram. */
export function barsOfFeature({ top, histogram, dataType, bins }: FeatureStatistics): Bar[] {
  if (top.length > 0) {
    const isNumber = dataType === 'int64' || dataType === 'float64' || dataType === 'timestamp'
    const sorted = isNumber ? top.toSorted((a, b) => compare(a.value, b.value)) : top
    const named = sorted.map(({ value, count }) => ({ label: shown(value), amount: count }))
    const others = bins?.kind === 'values' ? (bins.counts.at(-1) ?? 0) : 0
    return others > 0 && !isNumber ? [...named, { label: 'all others', amount: others }] : named
  }
  if (histogram === null || histogram.counts.every((amount) => amount === 0)) return []
  return histogram.counts.map((amount, i) => ({ label: `from ${edge(histogram, i)}`, amount }))
}

function edge({ low, high, counts }: NonNullable<FeatureStatistics['histogram']>, i: number): string {
  const isInstant = typeof low === 'string' && low.endsWith('Z')
  const [from, to] = isInstant ? [Date.parse(low), Date.parse(String(high))] : [Number(low), Number(high)]
  const at = from + ((to - from) * i) / counts.length
  return isInstant ? instant(new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')) : value(at)
}

function compare(a: StatisticValue, b: StatisticValue): number {
  const isNumber = !Number.isNaN(Number(a)) && !Number.isNaN(Number(b))
  return isNumber ? Number(a) - Number(b) : a < b ? -1 : 1
}

export function sparkline(feature: FeatureStatistics, bars: Bars): string {
  return bars.spark(barsOfFeature(feature).map(({ amount }) => amount))
}
