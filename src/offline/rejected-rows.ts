/** Rejected rows as they are looked at, and the windows that they came from. */
import type { Database } from '../db/database.js'
import { identifier } from '../db/sql.js'

/** A row that broke rules, with every reason. */
export interface RejectedRow {
  readonly id: number
  readonly group: string
  readonly version: number
  readonly windowStart: string
  readonly windowEnd: string
  /** Every rule that it broke. */
  readonly reasons: readonly string[]
  /** Keys, event timestamp and features as they were yielded. */
  readonly content: Readonly<Record<string, unknown>>
  readonly createdAt: string
}

/** Rejected rows, newest first, and how many there are by reason. */
export interface RejectedRows {
  readonly tenant: string
  /** Of the live version and those after it. */
  readonly total: number
  readonly windows: number
  /** The most frequent first. A row may break several rules. */
  readonly reasons: readonly { readonly group: string; readonly reason: string; readonly rows: number }[]
  /** Newest windows first. */
  readonly rows: readonly RejectedRow[]
}

export interface RejectedScope {
  readonly db: Database
  /** The registry's schema. */
  readonly schema: string
  readonly tenant: string
}

/** Which rejected rows are listed. */
export interface RejectedFilter {
  /** All groups when absent. */
  readonly group?: string | undefined
  /** Rows; 20 when absent. */
  readonly limit?: number | undefined
}

export async function listRejected(scope: RejectedScope, { group, limit = 20 }: RejectedFilter = {}) {
  const { db, schema, tenant } = scope
  const s = identifier(schema)
  // What an earlier version rejected is of no use to anyone any more.
  const from = `${s}.rejected_rows AS r
    JOIN ${s}.versions AS v ON v.group_name = r.group_name AND v.fingerprint = r.fingerprint
    JOIN ${s}.groups AS g ON g.name = r.group_name
    LEFT JOIN ${s}.versions AS live ON live.group_name = g.name AND live.fingerprint = g.active_fingerprint
    WHERE r.tenant_id = $1 AND ($2::text IS NULL OR r.group_name = $2) AND v.version >= coalesce(live.version, 0)`
  const asked = [tenant, group ?? null]
  return db.transaction({ role: 'app', tenant, readOnly: true }, async (tx): Promise<RejectedRows> => {
    const counts = await tx.query<{ total: number; windows: number }>(
      `SELECT count(*) AS total, count(DISTINCT (r.group_name, r.window_start, r.window_end)) AS windows FROM ${from}`,
      asked,
    )
    const reasons = await tx.query<RejectedRows['reasons'][number]>(
      `SELECT "group", reason, count(*) AS rows
       FROM (SELECT r.group_name AS "group", unnest(r.reasons) AS reason FROM ${from}) AS broken
       GROUP BY "group", reason ORDER BY rows DESC, "group", reason`,
      asked,
    )
    const rows = await tx.query<RejectedRow>(
      `SELECT r.id, r.group_name AS "group", v.version, r.window_start AS "windowStart", r.window_end AS "windowEnd",
         r.reasons, r.content, r.created_at AS "createdAt"
       FROM ${from} ORDER BY r.window_end DESC, r.group_name, r.id LIMIT $3`,
      [...asked, limit],
    )
    return { tenant, ...(counts.rows[0] as { total: number; windows: number }), reasons: reasons.rows, rows: rows.rows }
  })
}

/** The windows in which rows of one version were rejected, oldest first; instants, UTC. */
export async function rejectedWindows(
  { db, schema, tenant }: RejectedScope,
  version: { group: string; fingerprint: string },
): Promise<{ start: string; end: string }[]> {
  const { rows } = await db.query<{ start: string; end: string }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT DISTINCT window_start AS start, window_end AS "end" FROM ${identifier(schema)}.rejected_rows
     WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3 AND window_start < window_end ORDER BY 1, 2`,
    [tenant, version.group, version.fingerprint],
  )
  return rows
}
