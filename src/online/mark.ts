/** Where a database stands, so that a later look can tell what has changed since, and whether it is the same still. */
import { type Database, DatabaseError } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { Mark } from './synced.js'

interface Scope {
  readonly db: Database
  /** Of the registry. */
  readonly schema: string
}

/** To be taken before the first row is read. */
export async function readMark({ db, schema }: Scope, tenant: string): Promise<Mark> {
  const at = Date.now()
  const { rows } = await db.query<{ bound: string; job: string | null }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS bound,
       (SELECT id || ' ' || started_at::text FROM ${identifier(schema)}.jobs WHERE tenant_id = $1
        ORDER BY id DESC LIMIT 1) AS job`,
    [tenant],
  )
  return { at, ...(rows[0] as { bound: string; job: string | null }) }
}

/** Whether the database has gone back behind a mark: as a backup that was restored has. */
export async function hasGoneBack(
  { db, schema }: Scope,
  tenant: string,
  { bound, job }: Pick<Mark, 'bound' | 'job'>,
): Promise<boolean> {
  const [id, ...startedAt] = job?.split(' ') ?? []
  const { rows } = await db.query<{ back: boolean }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT pg_snapshot_xmax(pg_current_snapshot()) < $1::xid8 OR ($3::bigint IS NOT NULL AND NOT EXISTS (
       SELECT FROM ${identifier(schema)}.jobs
       WHERE tenant_id = $2 AND id = $3::bigint AND started_at = $4::timestamptz)) AS back`,
    [bound, tenant, id ?? null, startedAt.length === 0 ? null : startedAt.join(' ')],
  )
  return (rows[0] as { back: boolean }).back
}

/** `<store>:<cluster>`; the cluster is empty where the database does not tell. */
export async function readOrigin({ db, schema }: Scope): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    { role: 'app', readOnly: true },
    `SELECT id::text AS id FROM ${identifier(schema)}.store`,
  )
  return `${rows[0]?.id}:${await readCluster(db)}`
}

/** A copy of a database elsewhere has the same store, and is another cluster. */
async function readCluster(db: Database): Promise<string> {
  try {
    const { rows } = await db.query<{ id: string }>(
      { role: 'app', readOnly: true },
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    )
    return rows[0]?.id ?? ''
  } catch (error) {
    // Some services do not let their users ask.
    if (error instanceof DatabaseError) return ''
    throw error
  }
}

/** A cluster that was not told then, or is not now, may be the same. */
export function isSameOrigin(one: string, other: string): boolean {
  const [store, cluster] = one.split(':')
  const [otherStore, otherCluster] = other.split(':')
  return store === otherStore && (!cluster || !otherCluster || cluster === otherCluster)
}
