/** All values that readers may ask for, from Postgres into Redis, and the catalogue that says which they are. */
import type { Project } from '../config/project.js'
import { findGroup } from '../config/reference.js'
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import { FstoreError } from '../errors.js'
import { schemasOf } from '../offline/feature-table.js'
import { whereMigrated } from '../registry/migrated.js'
import { activeTenants } from '../registry/repository.js'
import { type PublishedVersion, readPublished } from './projected.js'
import { type Projected, Projection, type ProjectionEvent, type ProjectionScope } from './projection.js'
import { claimRedis, type ResetEvent } from './redis-origin.js'
import { publish, readActive, withdraw } from './redis-publish.js'
import { announce } from './redis-write.js'
import { told } from './told.js'

/** What is sent to Redis; what has changed, of all groups, when absent. */
export interface SyncOptions {
  /** Names of groups; all that are live when absent. */
  readonly groups?: readonly string[] | undefined
  /** For every active tenant, not the store's alone. */
  readonly allTenants?: boolean | undefined
  /** Deletes what Redis has of the project, whosever it is, and sends all groups of every active tenant. */
  readonly full?: boolean | undefined
  /** Stops after the rows in flight; the next run goes on from there. */
  readonly signal?: AbortSignal | undefined
}

/** What a sync tells while it runs; told apart by `type`. */
export type SyncEvent = ResetEvent | ProjectionEvent

export interface SyncedGroup {
  readonly group: string
  readonly version: number
  readonly tenant: string
  /** Sent. */
  readonly rows: number
  /** All there are; not only what had changed. */
  readonly whole: boolean
  readonly durationMs: number
}

/** How many rows were sent to Redis, by group and tenant. */
export interface SyncResult {
  readonly status: 'done' | 'cancelled'
  readonly groups: readonly SyncedGroup[]
  /** Why Redis was emptied of the project first; null where it was not. */
  readonly reset: ResetEvent['why'] | null
  /** Groups whose version in Redis's catalogue was not the one that is live. */
  readonly published: readonly string[]
  /** Groups that readers find in Redis no more. */
  readonly withdrawn: readonly string[]
  readonly durationMs: number
}

export interface SyncScope {
  readonly db: Database
  /** Absent: the latest tables are the online store. */
  readonly redis?: Redis | undefined
  readonly project: Project
  readonly tenant: string
}

/** @throws FstoreError USAGE without a Redis, REDIS_FOREIGN, REDIS_UNREACHABLE, NOT_MIGRATED, NOT_BUILT */
export function sync(scope: SyncScope, options: SyncOptions): AsyncGenerator<SyncEvent, SyncResult> {
  return told(options.signal, (tell, signal) => synchronize(scope, { ...options, signal }, tell))
}

async function synchronize(
  scope: SyncScope,
  { groups, allTenants, full = false, signal }: SyncOptions,
  tell: (event: SyncEvent) => void,
): Promise<SyncResult> {
  const started = Date.now()
  const sending = projectionScope(scope)
  const { redis, project } = sending
  for (const name of groups ?? []) findGroup(scope.project, name)
  const { active, versions } = await readTargets(scope)
  const wanted = allTenants === true ? active : [scope.tenant]
  const chosen = chooseVersions(versions, groups)
  const reset = await claimRedis(sending, { tenants: wanted, reset: full })
  if (reset !== undefined) tell(reset)
  // What was deleted was everybody's.
  const tenants = reset === undefined ? wanted : [...new Set([...wanted, ...active])]
  const sent: SyncedGroup[] = []
  const published: string[] = []
  let status: Projected['status'] = 'done'
  for (const version of reset === undefined ? chosen : versions) {
    for (const tenant of tenants) {
      const begun = Date.now()
      const done = await new Projection(sending, { tenant, version, signal, tell }).run()
      const { rows, whole } = done
      const { group, version: number } = version
      sent.push({ group, version: number, tenant, rows, whole, durationMs: Date.now() - begun })
      status = done.status
      if (status === 'cancelled') break
    }
    if (status === 'cancelled') break
    if (await publish(redis, project, version)) published.push(version.group)
  }
  const withdrawn = status === 'done' && groups === undefined ? await withdrawGone(sending, versions) : []
  if (published.length + withdrawn.length > 0) await announce(redis, project, '*')
  const durationMs = Date.now() - started
  return { status, groups: sent, reset: reset?.why ?? null, published, withdrawn, durationMs }
}

/** @throws FstoreError USAGE */
export function projectionScope({ db, redis, project }: SyncScope): ProjectionScope {
  if (redis !== undefined) return { db, redis, schemas: schemasOf(project.schema), project: project.name }
  throw new FstoreError('USAGE', 'No Redis is configured.', {
    why: 'Without one the latest tables in Postgres are the online store, and there is nothing to send.',
    fix: 'Set REDIS_URL, or `redis` in a profile of the config.',
  })
}

/** @throws FstoreError NOT_MIGRATED */
export async function readTargets({ db, project }: SyncScope) {
  const read = db.transaction({ role: 'owner', readOnly: true }, async (tx) => ({
    active: await activeTenants(tx, project.schema),
    versions: await readPublished(tx, project.schema),
  }))
  return whereMigrated(project.schema, read)
}

/** @throws FstoreError NOT_BUILT */
export function chooseVersions(
  versions: readonly PublishedVersion[],
  groups: readonly string[] | undefined,
): readonly PublishedVersion[] {
  const missing = groups?.filter((name) => !versions.some(({ group }) => group === name)) ?? []
  if (missing.length > 0)
    throw new FstoreError('NOT_BUILT', `Not built yet: ${missing.join(', ')}.`, {
      why: 'No version of it is live.',
      fix: `Run \`fstore build --select ${missing.join(',')}\`.`,
    })
  return groups === undefined ? versions : versions.filter(({ group }) => groups.includes(group))
}

async function withdrawGone({ redis, project }: ProjectionScope, versions: readonly PublishedVersion[]) {
  const live = new Set(versions.map(({ group }) => group))
  const there = await readActive(redis, project)
  return withdraw(
    redis,
    project,
    [...there.keys()].filter((group) => !live.has(group)),
  )
}
