/**
 * How many different values a window holds, exactly: a value comes in with a bucket unless the window still holds it from
 * an earlier one, and goes when a bucket leaves unless a later one has brought it again.
 */
import { type Branch, interval, type Measured, type MeasureOptions, named } from './rolling-part.js'

export function distinct(options: MeasureOptions): Partial<Measured> {
  const { measure, windows, scope } = options
  const column = (i: number) => `_${measure.name}__distinct_${i}`
  const from = `rolling_distinct_${measure.name}`
  const indexes = windows.map((_, i) => i + 1)
  return {
    sources: [
      `${from} AS (
  -- Each value, with the buckets that had it before and after.
  SELECT ${scope.keys}, _bucket, lag(_bucket) OVER same AS _before, lead(_bucket) OVER same AS _again
  FROM (SELECT DISTINCT ${scope.keys}, _bucket, _${measure.name}__value FROM rolling_events
    WHERE _${measure.name}__value IS NOT NULL) AS seen
  WINDOW same AS (PARTITION BY ${scope.keys}, _${measure.name}__value ORDER BY _bucket)
)`,
    ],
    changes: indexes.map((i) => ({ name: column(i), type: 'int' })),
    branches: [comingIn(options, from, column), ...indexes.map((i) => leaving(options, from, column(i), i))],
    totals: indexes.map((i) => ({ name: `${column(i)}_now`, sql: `coalesce(sum(${column(i)}) OVER run, 0)` })),
    features: named(options, 'count_distinct', (i) => `${column(i)}_now`),
  }
}

function comingIn({ scope }: MeasureOptions, from: string, column: (i: number) => string): Branch {
  const isNew = (seconds: number) => `(coalesce(_before + ${interval(seconds)} < _bucket, true))::int`
  const values = new Map(scope.windows.map((seconds, i) => [column(i + 1), isNew(seconds)]))
  return { from, at: '_bucket', values }
}

function leaving({ scope }: MeasureOptions, from: string, column: string, i: number): Branch {
  const left = `_bucket + ${interval(scope.windows[i - 1] as number)}`
  const values = new Map([[column, `-(coalesce(_again > ${left}, true))::int`]])
  return { from, at: left, values }
}
