/** How far Redis is behind Postgres: rows that were written since it was last sent any. */
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import { isRedisFailure } from '../db/redis-failure.js'
import { identifier } from '../db/sql.js'
import { tableName } from '../offline/feature-table.js'
import type { PublishedVersion } from './projected.js'
import { isServed, syncedField } from './redis-keys.js'
import { readActive } from './redis-publish.js'
import { readSynced } from './synced.js'

/** How far Redis is behind Postgres. */
export interface RedisLag {
  readonly reachable: boolean
  /** Why it is not. */
  readonly why: string | null
  /** Seconds since the oldest write that Redis has not got; 0 where it has all; null where that is not known. */
  readonly lagSeconds: number | null
  /** Groups that are live and were never sent whole, or whose version in Redis is another. */
  readonly unsent: readonly string[]
}

export async function redisLag(options: {
  readonly db: Database
  readonly redis: Redis
  /** Of the latest tables. */
  readonly schema: string
  readonly project: string
  readonly tenant: string
  readonly versions: readonly PublishedVersion[]
}): Promise<RedisLag> {
  const { redis, project, tenant, versions } = options
  try {
    const [active, synced] = [await readActive(redis, project), await readSynced(redis, project)]
    const bounds = versions.map((version) => ({ version, bound: synced.get(syncedField(tenant, version))?.bound }))
    const unsent = bounds.filter(({ version, bound }) => bound === undefined || !isServed(active, version))
    const sent = bounds.flatMap(({ version, bound }) => (bound === undefined ? [] : [{ version, bound }]))
    return {
      reachable: true,
      why: null,
      lagSeconds: sent.length === 0 ? null : await lagOf(options, sent),
      unsent: unsent.map(({ version }) => version.group),
    }
  } catch (error) {
    if (!isRedisFailure(error)) throw error
    return { reachable: false, why: error.why ?? error.message, lagSeconds: null, unsent: [] }
  }
}

/** Of all versions in one question, however many there are. */
async function lagOf(
  { db, schema, tenant }: { db: Database; schema: string; tenant: string },
  sent: readonly { readonly version: PublishedVersion; readonly bound: string }[],
): Promise<number> {
  const oldest = sent.map(
    ({ version: { group, fingerprint } }, i) =>
      `SELECT min(written_at) AS written_at FROM ${identifier(schema, tableName(group, fingerprint))}
       WHERE tenant_id = $1 AND xid >= ($2::xid8[])[${i + 1}]`,
  )
  const { rows } = await db.query<{ lag: number | null }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT extract(epoch FROM clock_timestamp() - min(written_at))::float8 AS lag
     FROM (${oldest.join(' UNION ALL ')}) AS unsent`,
    [tenant, sent.map(({ bound }) => bound)],
  )
  return Math.max(0, Math.round((rows[0] as { lag: number | null }).lag ?? 0))
}
