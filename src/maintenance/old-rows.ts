/** Rows of one tenant as of before an instant, in a table that is not partitioned. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import type { Database } from '../db/database.js'
import { unlessGone } from './gone.js'

export interface OldRows {
  readonly db: Database
  /** Quoted, as `table` is. */
  readonly coverage: string
  readonly tenant: string
  readonly group: string
  readonly fingerprint: string
  readonly table: string
  readonly before: string
}

/** Rows deleted in one transaction: writers of the table wait for its end. */
const batch = 20_000

const earliest = toMicroseconds('0001-01-01T00:00:00Z')

/** So many seconds before an instant in microseconds. */
export function before(now: bigint, seconds: number): string {
  const at = now - BigInt(seconds) * 1_000_000n
  return fromMicroseconds(at < earliest ? earliest : at)
}

export async function countOlder({ db, tenant, table, before }: OldRows): Promise<number> {
  const counted = db.query<{ n: number }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT count(*) AS n FROM ${table} WHERE tenant_id = $1 AND event_timestamp < $2`,
    [tenant, before],
  )
  return unlessGone(
    counted.then(({ rows }) => rows[0]?.n ?? 0),
    0,
  )
}

export async function deleteOlder(old: OldRows): Promise<number> {
  let total = 0
  for (let last = batch; last === batch; total += last) last = await unlessGone(deleteBatch(old), 0)
  return total
}

/** Under the lock that writers of the table take, so that neither waits for a row that the other has. */
async function deleteBatch({ db, coverage, tenant, group, fingerprint, table, before }: OldRows): Promise<number> {
  return db.transaction({ role: 'app', tenant }, async (tx) => {
    await tx.query(`SELECT FROM ${coverage} WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3 FOR UPDATE`, [
      tenant,
      group,
      fingerprint,
    ])
    const { count } = await tx.query(
      `DELETE FROM ${table} WHERE tenant_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE tenant_id = $1 AND event_timestamp < $2 LIMIT ${batch}))`,
      [tenant, before],
    )
    return count
  })
}
