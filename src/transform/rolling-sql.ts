/**
 * The text of a rolling group's SELECT. Events are summed up by bucket; a bucket adds what it holds at its end, and takes
 * it away again when it leaves each window; running totals over these changes are the windows. So the work grows with the
 * events, not with the length of the windows, and what a row says does not depend on how many windows are run at once:
 * sums are exact decimals, and the rest picks values.
 */
import { fromMicroseconds } from '../config/instant.js'
import { identifier } from '../db/sql.js'
import type { Expression } from './expression.js'
import { measure } from './rolling-measure.js'
import { type Branch, inside, interval, type Measured, type RollingGroup, type RollingScope } from './rolling-part.js'

export function rollingSql(options: {
  readonly group: RollingGroup
  readonly from: string
  readonly expressions: ReadonlyMap<string, Expression>
}): string {
  const { group, from, expressions } = options
  const { every, rolling, entity } = group
  const origin = `timestamptz '${originOf(every)}'`
  const scope: RollingScope = {
    keys: entity.keys.map((key) => identifier(key.name)).join(', '),
    windows: rolling.windows.map(({ seconds }) => seconds),
    bin: (seconds, at) => `date_bin(${interval(seconds)}, ${at}, ${origin})`,
  }
  const measures = rolling.measures.map((one) =>
    measure({ measure: one, windows: rolling.windows, expression: expressions.get(one.name)?.text, scope }),
  )
  const parts = [
    eventsSql(group, from, scope, measures),
    bucketsSql(scope, measures),
    ...neighboursSql(measures),
    ...measures.flatMap(({ sources }) => sources),
    changesSql(group, scope, measures),
    valuesSql(scope, measures),
    featuresSql(group, scope, measures),
  ]
  const names = group.features.map(({ name }) => identifier(name))
  return `WITH ${parts.join(',\n')}
SELECT ${scope.keys}, generate_series(_at, _until, ${interval(every)}) AS event_timestamp,
  ${names.join(', ')}
FROM rolling_features`
}

const second = 1_000_000n
/** A boundary of windows of every length, a Monday; and the first instant there may be. */
const [monday, first] = [345_600n, -62_135_596_800n]

/** A boundary before all events: older servers bin what lies before the origin in a different way. */
function originOf(every: number): string {
  const length = BigInt(every)
  return fromMicroseconds((monday - ((monday - first) / length) * length) * second)
}

function eventsSql(group: RollingGroup, from: string, scope: RollingScope, measures: readonly Measured[]): string {
  const { every, rolling, entity } = group
  const at = identifier(rolling.timestamp)
  const columns = entity.keys.map(({ name }) => identifier(rolling.keys[name] as string))
  const keys = entity.keys.map(
    ({ name, type }, i) => `${columns[i]}${type === 'string' ? ' COLLATE "C"' : ''} AS ${identifier(name)}`,
  )
  const values = measures.flatMap(({ values }) => values)
  return `rolling_events AS (
  -- Events that are in a window, or left the longest one last; a bucket is known at its end.
  SELECT ${[...keys, `${at}::timestamptz AS _time`].join(', ')},
    ${[`${scope.bin(every, `${at}::timestamptz`)} + ${interval(every)} AS _bucket`, ...values].join(',\n    ')}
  FROM ${from}
  WHERE ${at} >= ${scope.bin(every, ':start_time')} - ${interval(Math.max(...scope.windows))} AND ${at} < :end_time
    AND ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}
)`
}

function bucketsSql({ keys }: RollingScope, measures: readonly Measured[]): string {
  const sums = measures.flatMap(({ buckets }) => buckets.map(({ name, sql }) => `${sql} AS ${name}`))
  return `rolling_buckets AS (
  SELECT ${keys}, _bucket, ${['count(*)::int AS _events', ...sums].join(',\n    ')}
  FROM rolling_events GROUP BY ${keys}, _bucket
)`
}

/** What a bucket has to know of its neighbours, where a measure asks for it. */
function neighboursSql(measures: readonly Measured[]): string[] {
  const neighbours = measures.flatMap(({ neighbours }) => neighbours)
  if (neighbours.length === 0) return []
  return [
    `rolling_neighbours AS (
  SELECT *, ${neighbours.join(',\n    ')}
  FROM rolling_buckets
)`,
  ]
}

/** Step 0 is a bucket that comes in, step 1 to n one that leaves that window; a block of window `i` ends with step `-i`. */
function changesSql(group: RollingGroup, scope: RollingScope, measures: readonly Measured[]): string {
  const { keys, windows } = scope
  const columns = measures.flatMap(({ changes }) => changes)
  const steps = windows.map((seconds, i) => `(${i + 1}, ${interval(seconds)})`)
  const first = `${scope.bin(group.every, ':start_time')} + ${interval(group.every)}`
  const own = columns.map(({ name, bucket, type }) =>
    bucket === name ? name : `${bucket ?? `NULL::${type}`} AS ${name}`,
  )
  const ordered = measures.some(({ neighbours }) => neighbours.length > 0)
  const others = [...turnsSql(scope, measures), ...measures.flatMap(({ branches }) => branches)].map((other) => {
    const list = columns.map(({ name, type }) => other.values.get(name) ?? `NULL::${type}`)
    return `
  UNION ALL
  SELECT ${keys}, greatest(${other.at}, ${first}), ${other.turn ?? 'NULL, NULL'}, ${['NULL', ...list].join(', ')}
  FROM ${other.from} WHERE ${other.at} <= :end_time${other.by === undefined ? '' : ` GROUP BY ${other.by}`}`
  })
  return `rolling_changes AS (
  -- What comes in with a bucket, and goes again when the bucket leaves each window.
  SELECT ${keys}, greatest(_bucket + _after, ${first}) AS _at, _step, _bucket,
    ${['_events', ...own].join(', ')}
  FROM ${ordered ? 'rolling_neighbours' : 'rolling_buckets'}
    CROSS JOIN (VALUES (0, interval '0'), ${steps.join(', ')}) AS steps (_step, _after)
  WHERE _bucket + _after <= :end_time${others.join('')}
)`
}

function turnsSql(scope: RollingScope, measures: readonly Measured[]): Branch[] {
  const values = new Map(measures.flatMap(({ turns }) => turns.map(({ name, sql }) => [name, sql] as const)))
  if (values.size === 0) return []
  return scope.windows.map((seconds, i) => {
    const start = scope.bin(seconds, '_bucket')
    const at = `${start} + ${interval(seconds)}`
    return { from: 'rolling_buckets', at, turn: `${-i - 1}, min(_bucket)`, by: `${scope.keys}, ${start}`, values }
  })
}

function valuesSql({ keys, windows }: RollingScope, measures: readonly Measured[]): string {
  const longest = windows.indexOf(Math.max(...windows)) + 1
  const totals = measures.flatMap(({ totals }) => totals.map(({ name, sql }) => `${sql} AS ${name}`))
  return `rolling_values AS (
  SELECT ${keys}, _at, lead(_at) OVER run AS _next,
    ${[`${inside('_events', longest)} AS _present`, ...totals].join(',\n    ')}
  FROM rolling_changes
  WINDOW run AS (PARTITION BY ${keys} ORDER BY _at)
)`
}

function featuresSql({ every }: RollingGroup, scope: RollingScope, measures: readonly Measured[]): string {
  const features = measures.flatMap(({ features }) => features.map(({ name, sql }) => `${sql} AS ${identifier(name)}`))
  return `rolling_features AS (
  -- They stay as they are up to the next change; when the longest window is empty, that is said once.
  SELECT ${scope.keys}, _at,
    CASE WHEN _present = 0 THEN _at ELSE coalesce(_next - ${interval(every)}, ${scope.bin(every, ':end_time')}) END AS _until,
    ${features.join(',\n    ')}
  FROM rolling_values WHERE _next IS DISTINCT FROM _at
)`
}
