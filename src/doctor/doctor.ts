/** Looks at what a store stands on, and changes nothing. */
import { existsSync } from 'node:fs'
import type { Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import { targetOfUrl } from '../db/target.js'
import { type Check, ok } from './check.js'
import { checkLock } from './lock.js'
import { checkPostgres } from './postgres.js'
import { checkRedis } from './redis.js'

export interface Diagnosis {
  readonly project: Project
  /** The one that builds, which `directUrl` names where there is one. */
  readonly db: Database
  readonly redis: Redis | undefined
  /** Of the server; absent where the database is embedded, or a caller's pool. */
  readonly url: string | undefined
  /** Of the embedded database. */
  readonly directory: string
}

/** Never throws for what it finds wrong: that is told as a check. */
export async function diagnose(diagnosis: Diagnosis): Promise<Check[]> {
  const [database, redis] = await Promise.all([checkDatabase(diagnosis), checkRedis(diagnosis.redis)])
  return [...database, ...redis]
}

async function checkDatabase({ project, db, url, directory }: Diagnosis): Promise<Check[]> {
  if (db.kind === 'postgres') {
    const place = url === undefined ? 'your pool' : targetOfUrl(url).place
    return checkPostgres({ project, db, place, ...(url !== undefined && { port: portOf(place) }) })
  }
  // Opening it would make it.
  if (!existsSync(directory))
    return [{ area: 'database', name: 'reachable', ...ok('embedded; not made yet, fstore build makes it') }]
  const lock: Check = { area: 'database', name: 'lock', ...checkLock(directory) }
  // Who holds it lets nobody look.
  if (lock.state === 'failed') return [lock]
  return [lock, ...(await checkPostgres({ project, db, place: 'embedded, in .fstore' }))]
}

/** @param place `host:port/database` */
function portOf(place: string): number {
  return Number(place.slice(0, place.indexOf('/')).split(':').at(-1))
}
