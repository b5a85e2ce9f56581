/** The SQL of one feature's statistics, over a sample of rows whose columns are `x0`, `x1`, … */
import type { DataType } from '../config/project.js'
import { identifier } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import type { Bins } from '../registry/statistics.js'

/** Shares whose quantiles are taken: those that are shown, and every 5 %, between which the bins lie. */
export const shares = [0, 0.01, ...Array.from({ length: 19 }, (_, i) => (i + 1) / 20), 0.99, 1]

/** Bars of a histogram. */
export const bars = 20

/** Values that are kept by name. */
export const mostValues = 20

/** Characters of a text that are looked at. */
const longest = 120

interface Kind {
  /** Whether `x` is a value that can be counted with; null where it is null. */
  readonly usable: string
  readonly array: string
  /** As text that PostgreSQL reads back exactly. */
  readonly text: string
  readonly number?: string
  /** Has an order that means something. */
  readonly ordered: boolean
  readonly hasMean: boolean
}

const plain = { usable: 'x IS NOT NULL', text: 'x::text', ordered: false, hasMean: false }

const kinds: Partial<Record<DataType, Kind>> = {
  int64: { ...plain, array: 'bigint[]', number: 'x::float8', ordered: true, hasMean: true },
  float64: {
    ...plain,
    // NaN is the largest of all.
    usable: `abs(x) < 'Infinity'`,
    array: 'float8[]',
    number: 'x',
    ordered: true,
    hasMean: true,
  },
  timestamp: {
    ...plain,
    usable: 'isfinite(x)',
    array: 'timestamptz[]',
    text: `to_json(x) #>> '{}'`,
    number: 'extract(epoch FROM x)::float8',
    ordered: true,
  },
  bool: { ...plain, array: 'bool[]', number: 'x::int::float8', hasMean: true },
  string: { ...plain, array: 'text[]' },
}

/** Of lists and vectors only whether they are there. */
export function sampled({ name, dataType }: FeatureSnapshot, i: number): string {
  const column = identifier(name)
  if (kinds[dataType] === undefined) return `NULLIF(${column} IS NOT NULL, false) AS x${i}`
  return `${dataType === 'string' ? `left(${column}, ${longest}) COLLATE "C"` : column} AS x${i}`
}

/** How many rows there are; of each feature, how many are not null, and how many are not a number. */
export function countedSql(features: readonly FeatureSnapshot[]): string {
  const counts = features.flatMap(({ dataType }, i) => [
    `count(x${i}) AS known${i}`,
    ...(dataType === 'float64' ? [`count(*) FILTER (WHERE x${i} = 'NaN') AS nan${i}`] : []),
  ])
  return `counted AS (SELECT ${['count(*) AS rows', ...counts].join(', ')} FROM sample)`
}

/**
 * `v0 AS (…)`: each different value and how often it occurs, which is only computed where it is read; and `s0 AS (…)`:
 * of what has an order, all values in it. Nothing where values cannot be compared.
 */
export function valuesSql({ dataType }: FeatureSnapshot, i: number): string[] {
  const kind = kinds[dataType]
  if (kind === undefined) return []
  // Words that only one entity has are nobody else's to read.
  const shared = dataType === 'string' ? 'min(entity) < max(entity)' : 'true'
  const usable = `FROM (SELECT x${i} AS x, entity FROM sample) AS s WHERE ${kind.usable}`
  return [
    `v${i} AS MATERIALIZED (SELECT x, count(*) AS n, ${shared} AS shared ${usable} GROUP BY x)`,
    ...(kind.ordered ? [`s${i} AS MATERIALIZED (SELECT ARRAY(SELECT x ${usable} ORDER BY x) AS sorted)`] : []),
  ]
}

/** `SELECT i, {…}`: what `readFeature` reads. */
export function featureSql(
  feature: FeatureSnapshot,
  i: number,
  bins: Bins | undefined,
  bind: (value: unknown) => string,
): string {
  const kind = kinds[feature.dataType]
  const counts = {
    rows: 'c.rows',
    nulls: `c.rows - c.known${i}`,
    ...(feature.dataType === 'float64' && { nan: `c.nan${i}` }),
  }
  if (kind === undefined) return `SELECT ${i}, ${object(counts)} FROM counted AS c`
  const values = bins?.kind === 'values' && {
    values: `(SELECT json_agg(coalesce(v.n, 0) ORDER BY o)
      FROM unnest(${bind(bins.values.map(String))}::${kind.array}) WITH ORDINALITY AS u (x, o) LEFT JOIN v${i} AS v USING (x))`,
  }
  if (!kind.ordered) return namedSql(kind, i, { ...counts, ...values })
  const edges =
    bins?.kind === 'edges'
      ? `${bind(bins.edges.map(String))}::${kind.array}`
      : `(SELECT array_agg(DISTINCT x ORDER BY x) FROM unnest(q.quantiles[3:${shares.length - 2}]) AS u (x))`
  return orderedSql(kind, i, edges, { ...counts, ...values })
}

function namedSql(kind: Kind, i: number, output: Readonly<Record<string, string>>): string {
  return `SELECT ${i}, ${object({ ...output, ...totals, top: topOf(kind, i) })}
    FROM counted AS c, (SELECT count(*) AS distinct, count(*) FILTER (WHERE n = 1) AS once, coalesce(sum(n), 0) AS usable
      FROM v${i}) AS d,
    (${momentsOf(kind, `SELECT x${i} AS x FROM sample`)}) AS m`
}

const totals = { usable: 'd.usable', distinct: 'd.distinct', once: 'd.once', mean: 'm.mean', stddev: 'm.stddev' }

/**
 * What is in order is looked into: a quantile is at its place, and how many values are up to an edge is found by halves.
 * One pass over all is left, for what differs from its neighbours and for the mean.
 */
function orderedSql(kind: Kind, i: number, edges: string, output: Readonly<Record<string, string>>): string {
  const all = {
    ...output,
    ...totals,
    quantiles: textsOf(kind, 'q.quantiles'),
    // Names of many numbers say nothing.
    top: `CASE WHEN d.distinct <= ${mostValues} THEN ${topOf(kind, i)} END`,
    edges: textsOf(kind, 'e.edges'),
    upToEdge: `(SELECT json_agg(width_bucket(x, s.sorted) ORDER BY o) FROM unnest(e.edges) WITH ORDINALITY AS u (x, o))`,
    upToBar: upToBar(kind),
  }
  const places = `SELECT sorted[greatest(1, ceil(share * usable))::int] FROM unnest('{${shares.join(',')}}'::float8[])
    WITH ORDINALITY AS u (share, o) ORDER BY o`
  return `SELECT ${i}, ${object(all)}
    FROM counted AS c, (SELECT sorted, cardinality(sorted) AS usable FROM s${i}) AS s,
    LATERAL (SELECT CASE WHEN usable > 0 THEN ARRAY(${places}) END AS quantiles) AS q,
    LATERAL (SELECT ${edges} AS edges, ${bound(kind, 2)} AS low, ${bound(kind, shares.length - 1)} AS high) AS e,
    LATERAL (SELECT usable, count(*) FILTER (WHERE x <> before OR before IS NULL) AS distinct,
        count(*) FILTER (WHERE (x <> before OR before IS NULL) AND (x <> after OR after IS NULL)) AS once
      FROM (SELECT unnest(sorted) AS x, unnest(array_prepend(NULL, sorted[:usable - 1])) AS before,
        unnest(sorted[2:]) AS after) AS u WHERE x IS NOT NULL) AS d,
    LATERAL (${momentsOf(kind, 'SELECT unnest(sorted) AS x')}) AS m`
}

/** The square of what is larger would overflow; then there is no mean at all. */
function momentsOf({ number, hasMean }: Kind, values: string): string {
  if (!hasMean) return 'SELECT NULL::float8 AS mean, NULL::float8 AS stddev'
  const whole = `CASE WHEN count(*) FILTER (WHERE abs(${number}) >= 1e140) = 0 THEN`
  const fits = `FILTER (WHERE abs(${number}) < 1e140) END`
  return `SELECT ${whole} avg(${number}) ${fits} AS mean, ${whole} stddev_samp(${number}) ${fits} AS stddev
      FROM (${values}) AS u`
}

/** A quantile as a number: an end of the histogram. */
function bound({ number }: Kind, place: number): string {
  return `(SELECT ${number} FROM (SELECT q.quantiles[${place}] AS x) AS u)`
}

/**
 * How many values lie in a bar or in those before it, for all but the last: by halves again, of what `width_bucket` says
 * of the value in the middle. Null where all bars are one, or are too far apart to be measured.
 */
function upToBar({ number }: Kind): string {
  return `CASE WHEN e.low < e.high AND greatest(abs(e.low), abs(e.high)) < 1e300 THEN (
    WITH RECURSIVE search (bar, least, most) AS (
      SELECT bar, 0, s.usable FROM generate_series(1, ${bars - 1}) AS bar
      UNION ALL
      SELECT bar, CASE WHEN here THEN middle ELSE least END, CASE WHEN here THEN most ELSE middle - 1 END
      FROM search, LATERAL (SELECT (least + most + 1) / 2 AS middle) AS m, LATERAL (SELECT s.sorted[middle] AS x) AS v,
        LATERAL (SELECT width_bucket(${number}, e.low, e.high, ${bars}) <= bar AS here) AS b WHERE least < most)
    SELECT json_agg(least ORDER BY bar) FROM search WHERE least = most) END`
}

function topOf({ text }: Kind, i: number): string {
  return `(SELECT json_agg(json_build_array(${text}, n) ORDER BY n DESC, x)
    FROM (SELECT x, n FROM v${i} WHERE shared ORDER BY n DESC, x LIMIT ${mostValues}) AS t)`
}

function textsOf({ text }: Kind, list: string): string {
  return `(SELECT json_agg(${text} ORDER BY o) FROM unnest(${list}) WITH ORDINALITY AS u (x, o))`
}

function object(entries: Readonly<Record<string, string>>): string {
  return `json_build_object(${Object.entries(entries)
    .map(([name, sql]) => `'${name}', ${sql}`)
    .join(', ')})`
}
