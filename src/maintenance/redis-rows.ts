/** Single rows in Redis, by name. */
import type { Redis } from '../db/redis.js'
import { identifier } from '../db/sql.js'
import { announce, tombstone, writeRows } from '../online/redis-write.js'
import type { MaintenanceScope } from './inventory.js'

/** A tombstone is no row: it has its stamp alone. */
export async function countRows(redis: Redis, names: readonly string[]): Promise<number> {
  const texts = await redis.send(names.map((name) => ['get', name]))
  return texts.filter((text) => text !== null && !/^\["[^"]*"\]$/.test(String(text))).length
}

/** Milliseconds in which a reader that has found a row before it was erased may still try to put it back. */
const remembered = 60_000

/** Puts a tombstone in the place of each, newer than any row that was written, where it stays for a minute. */
export async function buryRows(
  { db, project }: MaintenanceScope,
  redis: Redis,
  tenant: string,
  names: readonly string[],
): Promise<void> {
  const { rows } = await db.query<{ stamp: string }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT to_char(greatest(clock_timestamp(), max(last_stamp) + interval '1 microsecond') AT TIME ZONE 'UTC',
       'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS stamp
     FROM ${identifier(project.schema)}.coverage WHERE tenant_id = $1`,
    [tenant],
  )
  const stamp = (rows[0] as { stamp: string }).stamp
  await writeRows(
    redis,
    names.map((name) => tombstone(name, stamp, remembered)),
  )
  await announce(redis, project.name, names)
}
