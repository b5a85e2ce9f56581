/** How many rows a version has, in both of its tables. */
import type { Database } from '../db/database.js'
import type { FeatureTable } from './feature-table.js'
import { askPatiently } from './patient-query.js'

/** Of the tenant; null where counting took too long. */
export interface HistoryCounts {
  readonly historyRows: number | null
  /** Those that were corrected or retracted. */
  readonly supersededRows: number | null
  /** Entities that the history has a current row of. */
  readonly historyEntities: number | null
  readonly latestRows: number | null
}

/** Milliseconds that a count may take, and bytes that a history may have to be counted at all. */
const patience = 3_000
const countable = 512 * 2 ** 20

interface Scope {
  readonly db: Database
  readonly tenant: string
}

export async function countHistory(scope: Scope, table: FeatureTable): Promise<HistoryCounts> {
  const keys = table.keys.join(', ')
  const latest = `SELECT count(*) AS "latestRows" FROM ${table.latest} WHERE tenant_id = $1 AND superseded_at IS NULL`
  // By entity first: distinct keys would be sorted.
  const history = `SELECT coalesce(sum(current), 0)::float8 AS "historyRows", coalesce(sum(old), 0)::float8 AS "supersededRows",
      count(*) FILTER (WHERE current > 0) AS "historyEntities"
    FROM (SELECT count(*) FILTER (WHERE superseded_at IS NULL) AS current,
        count(*) FILTER (WHERE superseded_at IS NOT NULL) AS old
      FROM ${table.history} WHERE tenant_id = $1 GROUP BY ${keys}) AS entities`
  const unknown: HistoryCounts = { historyRows: null, supersededRows: null, historyEntities: null, latestRows: null }
  const isSmall = (await sizeOf(scope, table.history)) <= countable
  return { ...unknown, ...(await ask(scope, latest)), ...(isSmall ? await ask(scope, history) : {}) }
}

/** Bytes, of all partitions. */
async function sizeOf({ db }: Scope, table: string): Promise<number> {
  const { rows } = await db.query<{ bytes: number | null }>(
    { role: 'owner', readOnly: true },
    `SELECT coalesce(sum(pg_relation_size(relid)), pg_relation_size(to_regclass($1)))::float8 AS bytes
     FROM pg_partition_tree(to_regclass($1))`,
    [table],
  )
  return rows[0]?.bytes ?? 0
}

async function ask(scope: Scope, sql: string): Promise<Partial<HistoryCounts>> {
  return (await askPatiently<Partial<HistoryCounts>>({ ...scope, sql, patience }))?.[0] ?? {}
}
