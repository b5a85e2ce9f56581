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

/** `v0 AS (…)`: each different value and how often it occurs; undefined where values cannot be compared. */
export function valuesSql({ dataType }: FeatureSnapshot, i: number): string | undefined {
  const kind = kinds[dataType]
  if (kind === undefined) return undefined
  // Words that only one entity has are nobody else's to read.
  const shared = dataType === 'string' ? 'min(entity) < max(entity)' : 'true'
  return `v${i} AS MATERIALIZED (SELECT x, count(*) AS n, ${shared} AS shared FROM (SELECT x${i} AS x, entity FROM sample)
    AS s WHERE ${kind.usable} GROUP BY x)`
}

/** `SELECT i, {…}`: what `readFeature` reads. */
export function featureSql(
  feature: FeatureSnapshot,
  i: number,
  bins: Bins | undefined,
  bind: (value: unknown) => string,
): string {
  const kind = kinds[feature.dataType]
  const counts = { rows: 'count(*)', nulls: 'count(*) - count(x)' }
  const from = `FROM (SELECT x${i} AS x FROM sample) AS s`
  if (kind === undefined) return `SELECT ${i}, ${object(counts)} ${from}`
  const { ordered } = kind
  const named = Object.entries({ ...counts, ...aggregatesOf(feature, kind) }).map(([name, sql]) => `${sql} AS ${name}`)
  const edges =
    bins?.kind === 'edges'
      ? `${bind(bins.edges.map(String))}::${kind.array}`
      : `(SELECT array_agg(DISTINCT x ORDER BY x) FROM unnest(a.quantiles[3:${shares.length - 2}]) AS u (x))`
  const output = {
    rows: 'a.rows',
    nulls: 'a.nulls',
    usable: 'a.usable',
    nan: 'a.nan',
    mean: 'a.mean',
    stddev: 'a.stddev',
    quantiles: `(SELECT json_agg(${kind.text} ORDER BY o) FROM unnest(a.quantiles) WITH ORDINALITY AS u (x, o))`,
    distinct: 'd.distinct',
    once: 'd.once',
    // Names of many numbers say nothing.
    top: `CASE WHEN ${ordered ? `d.distinct <= ${mostValues}` : 'true'} THEN ${topOf(kind, i)} END`,
    ...(ordered && {
      edges: `(SELECT json_agg(${kind.text} ORDER BY o) FROM unnest(e.edges) WITH ORDINALITY AS u (x, o))`,
      places: placesOf(kind, i),
    }),
    ...(bins?.kind === 'values' && {
      values: `(SELECT json_agg(coalesce(v.n, 0) ORDER BY o)
        FROM unnest(${bind(bins.values.map(String))}::${kind.array}) WITH ORDINALITY AS u (x, o) LEFT JOIN v${i} AS v USING (x))`,
    }),
  }
  return `SELECT ${i}, ${object(output)} FROM (SELECT ${named.join(', ')} ${from}) AS a,
    (SELECT count(*) AS distinct, count(*) FILTER (WHERE n = 1) AS once FROM v${i}) AS d,
    LATERAL (SELECT ${ordered ? edges : 'NULL'} AS edges, ${bound(kind, 2)} AS low, ${bound(kind, shares.length - 1)} AS high) AS e`
}

/** What one pass over the rows tells. */
function aggregatesOf({ dataType }: FeatureSnapshot, kind: Kind): Record<string, string> {
  const { usable, number, ordered, hasMean } = kind
  // The square of what is larger would overflow; then there is no mean at all.
  const square = `CASE WHEN count(*) FILTER (WHERE ${usable} AND abs(${number}) >= 1e140) = 0 THEN`
  const fits = `FILTER (WHERE ${usable} AND abs(${number}) < 1e140) END`
  const list = `'{${shares.join(',')}}'::float8[]`
  return {
    usable: `count(*) FILTER (WHERE ${usable})`,
    nan: dataType === 'float64' ? `count(*) FILTER (WHERE x = 'NaN')` : '0',
    mean: hasMean ? `${square} avg(${number}) ${fits}` : 'NULL::float8',
    stddev: hasMean ? `${square} stddev_samp(${number}) ${fits}` : 'NULL::float8',
    quantiles: ordered
      ? `percentile_disc(${list}) WITHIN GROUP (ORDER BY x) FILTER (WHERE ${usable})`
      : `NULL::${kind.array}`,
  }
}

/** A quantile as a number: an end of the histogram. */
function bound({ ordered, number }: Kind, place: number): string {
  return ordered ? `(SELECT ${number} FROM (SELECT a.quantiles[${place}] AS x) AS q)` : 'NULL::float8'
}

/** The bar, from 1, that a value belongs to; null where all bars are one, or are too far apart to be measured. */
function barOf(number: string): string {
  return `CASE WHEN e.low < e.high AND greatest(abs(e.low), abs(e.high)) < 1e300
    THEN greatest(1, least(${bars}, width_bucket(${number}, e.low, e.high, ${bars}))) END`
}

function topOf({ text }: Kind, i: number): string {
  return `(SELECT json_agg(json_build_array(${text}, n) ORDER BY n DESC, x)
    FROM (SELECT x, n FROM v${i} WHERE shared ORDER BY n DESC, x LIMIT ${mostValues}) AS t)`
}

/** `[[bin, bar, count], …]`: a bin, from 0, is of values up to its edge. */
function placesOf({ number }: Kind, i: number): string {
  return `(SELECT json_agg(json_build_array(bin, bar, n)) FROM (
    SELECT width_bucket(x, e.edges) - (x = ANY (e.edges))::int AS bin, ${barOf(number as string)} AS bar, sum(n)::bigint AS n
    FROM v${i} GROUP BY 1, 2) AS c)`
}

function object(entries: Readonly<Record<string, string>>): string {
  return `json_build_object(${Object.entries(entries)
    .map(([name, sql]) => `'${name}', ${sql}`)
    .join(', ')})`
}
