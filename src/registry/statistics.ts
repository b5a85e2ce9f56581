/** What a run's values look like, as it is kept: a row for each run and feature. */
import type { DataType } from '../config/project.js'
import type { Database } from '../db/database.js'
import { identifier } from '../db/sql.js'

/** An integer beyond 2^53 and an instant are text, so that JSON keeps them. */
export type StatisticValue = number | string

/** Counts over shared bins, so that two runs can be compared. */
export type Bins =
  /** `counts[i]` is of values above `edges[i - 1]` up to `edges[i]`, the first and the last of them open. */
  | { readonly kind: 'edges'; readonly edges: readonly StatisticValue[]; readonly counts: readonly number[] }
  /** A count for each value, and a last one for all others. */
  | { readonly kind: 'values'; readonly values: readonly StatisticValue[]; readonly counts: readonly number[] }

/** Over the rows that were looked at. NaN and the infinities are in no number but their own counts. */
export interface FeatureStatistics {
  readonly feature: string
  readonly dataType: DataType
  readonly rows: number
  readonly nulls: number
  readonly nan: number
  readonly infinite: number
  /** Of numbers, and of booleans the share of true; null also where a value is too large (1e140) to be squared. */
  readonly mean: number | null
  /** Of the sample, so that of one value it is null. */
  readonly stddev: number | null
  readonly min: StatisticValue | null
  readonly max: StatisticValue | null
  /** `[share, value]`; each value is one that occurs. */
  readonly quantiles: readonly (readonly [number, StatisticValue])[]
  /** Exact where all rows were looked at, else estimated for all of them; null where values cannot be compared. */
  readonly distinct: number | null
  /** The most frequent first; of numbers only where there are few different ones. */
  readonly top: readonly { readonly value: StatisticValue; readonly count: number }[]
  /** Bars of equal width from the 1st to the 99th percentile; what lies beyond is in the outermost. */
  readonly histogram: Histogram | null
  readonly bins: Bins | null
}

/** How many values there are in each bin. */
export interface Histogram {
  readonly low: StatisticValue
  readonly high: StatisticValue
  readonly counts: readonly number[]
}

/** The values of one run over the windows of a group, by feature. */
export interface RunStatistics {
  readonly computedAt: string
  /** Null for the latest rows of a group. */
  readonly jobId: number | null
  /** The event timestamps whose rows were looked at, from the first to the last, both null for the latest rows. */
  readonly start: string | null
  readonly end: string | null
  /** As PostgreSQL writes the ranges between those two. */
  readonly during: string | null
  readonly rows: number
  /** Fewer than `rows` where they were sampled. */
  readonly sampleRows: number
  /** Chosen to be what later runs are held against. */
  readonly baseline: boolean
  readonly features: readonly FeatureStatistics[]
}

/** Whose statistics. */
export interface StatisticsScope {
  readonly db: Database
  readonly schema: string
  readonly tenant: string
  readonly group: string
  readonly fingerprint: string
}

/** Runs that are kept of a version, besides its first and its baseline. */
const kept = 100

const own = 'tenant_id = $1 AND group_name = $2 AND fingerprint = $3'

type NewStatistics = Pick<RunStatistics, 'jobId' | 'during' | 'rows' | 'sampleRows' | 'features'>

/** Keeps a run's statistics, and drops the oldest. */
export async function keepStatistics(scope: StatisticsScope, run: NewStatistics): Promise<void> {
  const table = tableOf(scope)
  await scope.db.transaction({ role: 'app', tenant: scope.tenant }, async (tx) => {
    await tx.query(
      `INSERT INTO ${table} (tenant_id, group_name, fingerprint, computed_at, feature, position, job_id, during,
         row_count, sample_count, content)
       SELECT $1, $2, $3, now(), f ->> 'feature', i, $4, $5::tstzmultirange, $6, $7, f
       FROM jsonb_array_elements($8) WITH ORDINALITY AS t (f, i)`,
      [...values(scope), run.jobId, run.during, run.rows, run.sampleRows, JSON.stringify(run.features)],
    )
    await tx.query(
      `DELETE FROM ${table} WHERE ${own} AND NOT is_baseline
         AND computed_at IS DISTINCT FROM (SELECT min(computed_at) FROM ${table} WHERE ${own} AND row_count > 0)
         AND computed_at <= (SELECT DISTINCT computed_at FROM ${table} WHERE ${own}
           ORDER BY computed_at DESC OFFSET ${kept} LIMIT 1)`,
      values(scope),
    )
  })
}

/** Newest event timestamps first. */
export async function readRuns(scope: StatisticsScope, limit: number): Promise<RunStatistics[]> {
  return read(scope, `WHERE ${own}`, 'upper(during) DESC NULLS FIRST, computed_at DESC', limit)
}

/** What was chosen, else the first run that had rows. */
export async function readBaseline(scope: StatisticsScope): Promise<RunStatistics | undefined> {
  const [baseline] = await read(scope, `WHERE ${own} AND row_count > 0`, 'is_baseline DESC, computed_at', 1)
  return baseline
}

/** By feature, the bins that its first values made. */
export async function readBins(scope: StatisticsScope): Promise<ReadonlyMap<string, Bins>> {
  const { rows } = await scope.db.query<{ feature: string; bins: Bins }>(
    { role: 'app', tenant: scope.tenant, readOnly: true },
    `SELECT DISTINCT ON (feature) feature, content -> 'bins' AS bins FROM ${tableOf(scope)}
     WHERE ${own} AND content -> 'bins' <> 'null' ORDER BY feature, computed_at`,
    values(scope),
  )
  return new Map(rows.map(({ feature, bins }) => [feature, bins]))
}

/** Makes a run the one that later runs are held against. */
export async function chooseBaseline(scope: StatisticsScope, computedAt: string): Promise<void> {
  await scope.db.query(
    { role: 'app', tenant: scope.tenant },
    `UPDATE ${tableOf(scope)} SET is_baseline = (computed_at = $4) WHERE ${own}`,
    [...values(scope), computedAt],
  )
}

function tableOf({ schema }: Pick<StatisticsScope, 'schema'>): string {
  return identifier(schema, 'statistics')
}

function values({ tenant, group, fingerprint }: StatisticsScope): string[] {
  return [tenant, group, fingerprint]
}

async function read(scope: StatisticsScope, where: string, order: string, limit: number): Promise<RunStatistics[]> {
  const bound = (of: 'lower' | 'upper') => `${of}(during) AS "${of === 'lower' ? 'start' : 'end'}"`
  const { rows } = await scope.db.query<RunStatistics>(
    { role: 'app', tenant: scope.tenant, readOnly: true },
    `SELECT computed_at AS "computedAt", job_id AS "jobId", ${bound('lower')}, ${bound('upper')}, during::text,
       row_count AS rows, sample_count AS "sampleRows", is_baseline AS baseline,
       jsonb_agg(content ORDER BY position) AS features
     FROM ${tableOf(scope)} ${where}
     GROUP BY computed_at, job_id, during, row_count, sample_count, is_baseline ORDER BY ${order} LIMIT ${limit}`,
    values(scope),
  )
  return rows
}
