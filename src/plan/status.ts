/** How a store stands: what can be reached, what is live, how fresh it is, and what ran last. */

import { ticksOf } from '../config/cron-tick.js'
import { fromMicroseconds, instantFrom, toDate, toMicroseconds } from '../config/instant.js'
import type { GroupSpec } from '../config/project.js'
import { type Database, DatabaseError } from '../db/database.js'
import { migrationStatus } from '../db/migrate.js'
import { FstoreError } from '../errors.js'
import { type CompiledGroup, compileProject } from '../offline/compile.js'
import { type Schemas, schemasOf, storedTable } from '../offline/feature-table.js'
import { type RedisLag, redisLag } from '../online/lag.js'
import { readPublished } from '../online/projected.js'
import { type JobRecord, listJobs } from '../pipeline/job-list.js'
import { floorTo } from '../pipeline/window.js'
import type { RegisteredGroup } from '../registry/repository.js'
import { listTenants, type Tenant } from '../registry/tenants.js'
import { planBuild } from './build.js'
import type { BuildScope } from './execute.js'
import { tenantsBehind } from './promote.js'
import { readScheduledRuns, type ScheduledRun } from './scheduled-runs.js'
import { readState, type State } from './state.js'

/** `complete`: all up to the group's end has run, and no more will. */
export type Freshness = 'fresh' | 'complete' | 'due' | 'overdue' | 'expired' | 'not built'

/** How one group stands for the tenant: what is live, how many rows, how fresh. */
export interface GroupStatus {
  readonly group: string
  readonly entity: string
  readonly liveVersion: number | null
  /** Current rows of the live version's history, and how many entities have one. Null where counting took too long. */
  readonly rows: number | null
  readonly entities: number | null
  /** The newest event timestamp. */
  readonly newest: string | null
  readonly coveredUntil: string | null
  readonly ageSeconds: number | null
  readonly ttlSeconds: number | null
  readonly schedule: string | null
  /** When the schedule comes round next, and what came of the last time a scheduler saw to it. */
  readonly nextTick: string | null
  readonly scheduledRun: ScheduledRun | null
  readonly freshness: Freshness
  /** Windows that a build would run now; null where the config's SQL cannot be read. */
  readonly due: number | null
  /** A version that is built, and the active tenants for whom it lacks what the live one has; absent where none does. */
  readonly waitsFor?: { readonly version: number; readonly tenants: readonly string[] }
  readonly lastRun: JobRecord | null
}

/** What can be reached, what is live, and how fresh it is. */
export interface StoreStatus {
  readonly project: string
  readonly tenant: string
  readonly database: { readonly kind: Database['kind']; readonly version: string; readonly now: string }
  /** Where reads go before they ask Postgres. */
  readonly redis?: RedisLag
  readonly migrations: { readonly applied: number; readonly pending: readonly string[] }
  readonly tenants: Readonly<Record<Tenant['status'], number>>
  readonly groups: readonly GroupStatus[]
  /** Why the windows due are not known. */
  readonly problem?: string
}

/** @throws FstoreError DATABASE_UNREACHABLE, MIGRATION_EDITED, MIGRATION_NEWER */
export async function storeStatus(scope: BuildScope): Promise<StoreStatus> {
  const { db, project, tenant } = scope
  const schemas = schemasOf(project.schema)
  const state = await readState({ db, project, tenant })
  const { rows } = await db.query<{ server_version: string }>({ role: 'owner' }, 'SHOW server_version')
  const all = await migrationStatus({ db, schema: project.schema })
  const migrated = state.pendingMigrations.length < all.length
  const planned = await lookAhead(scope, state)
  const hasSchedules = migrated && !state.pendingMigrations.includes('schedules')
  const scheduled = hasSchedules ? await readScheduledRuns(db, project.schema) : new Map<string, ScheduledRun>()
  const groups: GroupStatus[] = []
  for (const group of project.groups)
    groups.push(await groupStatus({ db, schemas, tenant, state, migrated, scheduled }, group, planned))
  const redis = migrated ? await lagOf(scope, schemas) : undefined
  const tenants = migrated ? await db.transaction({ role: 'owner' }, (tx) => listTenants(tx, project.schema)) : []
  const count = (status: Tenant['status']) => tenants.filter((one) => one.status === status).length
  return {
    project: project.name,
    tenant,
    database: { kind: db.kind, version: rows[0]?.server_version ?? '', now: fromMicroseconds(state.now) },
    migrations: { applied: all.length - state.pendingMigrations.length, pending: state.pendingMigrations },
    tenants: { active: count('active'), suspended: count('suspended') },
    groups,
    ...(redis !== undefined && { redis }),
    ...(typeof planned === 'string' && { problem: planned }),
  }
}

export async function lagOf({ db, redis, project, tenant }: BuildScope, { registry, online: schema }: Schemas) {
  if (redis === undefined) return undefined
  const versions = await db.transaction({ role: 'owner', readOnly: true }, (tx) => readPublished(tx, registry))
  return redisLag({ db, redis, schema, project: project.name, tenant, versions })
}

/** By group; or why not, where the SQL of one is broken: how the store stands is known all the same. */
async function lookAhead(scope: BuildScope, state: State): Promise<ReadonlyMap<string, Ahead> | string> {
  const { project, tenant } = scope
  try {
    const groups = await compileProject(scope)
    const { steps } = planBuild({ project: project.name, tenant, groups, state })
    const ahead = new Map<string, Ahead>()
    for (const compiled of groups) {
      const { name } = compiled.group
      const own = steps.filter((step) => 'group' in step && step.group === name)
      const due = own.find((step) => step.kind === 'materialize')?.windows ?? 0
      const waitsFor = await waiting(scope, state, compiled)
      ahead.set(name, { due, ...(waitsFor && { waitsFor }) })
    }
    return ahead
  } catch (error) {
    if (error instanceof FstoreError) return `${error.code}: ${error.message}`
    throw error
  }
}

type Ahead = Pick<GroupStatus, 'waitsFor'> & { readonly due: number }

async function waiting({ db, project }: BuildScope, { registry }: State, compiled: CompiledGroup) {
  const { name } = compiled.group
  const registered = registry.get(name)
  const { fingerprint } = compiled.definition
  const version = registered?.versions.find((one) => one.fingerprint === fingerprint)?.version
  if (version === undefined || registered?.activeFingerprint === fingerprint) return undefined
  const tenants = await tenantsBehind(db, schemasOf(project.schema), compiled, registered?.activeFingerprint ?? null)
  return tenants.length === 0 ? undefined : { version, tenants }
}

interface Look {
  readonly db: Database
  readonly schemas: Schemas
  readonly tenant: string
  readonly state: State
  readonly migrated: boolean
  readonly scheduled: ReadonlyMap<string, ScheduledRun>
}

async function groupStatus(look: Look, group: GroupSpec, planned: ReadonlyMap<string, Ahead> | string) {
  const { db, schemas, tenant, state, migrated } = look
  const registered = state.registry.get(group.name)
  const live = liveOf(registered)
  const counts = live === undefined ? unknown : await countRows(look, group.name, live)
  const [lastRun = null] = migrated
    ? await listJobs({ db, schema: schemas.registry, tenant }, { group: group.name, limit: 1 })
    : []
  const covered = state.coverage.get(`${group.name}@${live?.fingerprint}`)?.covered.at(-1)?.end
  const newest = counts.newest === null ? undefined : toMicroseconds(counts.newest)
  const { due = null, waitsFor } = typeof planned === 'string' ? {} : (planned.get(group.name) ?? { due: 0 })
  return {
    group: group.name,
    entity: group.entity.name,
    liveVersion: live?.version ?? null,
    ...counts,
    coveredUntil: covered === undefined ? null : fromMicroseconds(covered),
    ageSeconds: newest === undefined ? null : Number((state.now - newest) / 1_000_000n),
    ttlSeconds: group.ttl ?? null,
    schedule: group.schedule ?? null,
    nextTick: await nextTick(group, state.now),
    scheduledRun: group.schedule === undefined ? null : shown(look.scheduled.get(group.name)),
    freshness: live === undefined ? 'not built' : await freshnessOf({ group, newest, covered, due, now: state.now }),
    due,
    ...(waitsFor && { waitsFor }),
    lastRun,
  } as const
}

export async function nextTick({ schedule }: GroupSpec, now: bigint): Promise<string | null> {
  const next = schedule === undefined ? undefined : (await ticksOf(schedule)).next(toDate(fromMicroseconds(now)))
  return next === undefined ? null : instantFrom(next)
}

export function shown(run: ScheduledRun | undefined): ScheduledRun | null {
  if (run === undefined) return null
  const { group, tick, status, dead, attempts, error, startedAt, finishedAt, retryAt, host, pid } = run
  return { group, tick, status, dead, attempts, error, startedAt, finishedAt, retryAt, host, pid }
}

export function liveOf(registered: RegisteredGroup | undefined) {
  return registered?.versions.find(({ fingerprint }) => fingerprint === registered.activeFingerprint)
}

export async function freshnessOf(known: {
  group: GroupSpec
  newest: bigint | undefined
  covered: bigint | undefined
  due: number | null
  now: bigint
}): Promise<Freshness> {
  const { group, newest, covered, due, now } = known
  if (newest !== undefined && group.ttl !== undefined && now - newest > BigInt(group.ttl) * 1_000_000n) return 'expired'
  if (await isOverdue(group, covered, now)) return 'overdue'
  if (due !== null && due > 0) return 'due'
  return group.end !== undefined && toMicroseconds(group.end) <= now ? 'complete' : 'fresh'
}

/** The schedule has come round since, and what was over by then has not run. */
async function isOverdue({ schedule, every, end }: GroupSpec, covered: bigint | undefined, now: bigint) {
  const tick = schedule === undefined ? undefined : (await ticksOf(schedule)).last(toDate(fromMicroseconds(now)))
  if (tick === undefined) return false
  const last = BigInt(tick.getTime()) * 1000n
  const limit = end === undefined || toMicroseconds(end) > last ? last : toMicroseconds(end)
  return covered === undefined || covered < floorTo(limit, every)
}

type Counts = Pick<GroupStatus, 'rows' | 'entities' | 'newest'>

const unknown: Counts = { rows: null, entities: null, newest: null }

/** Milliseconds that counting one group's rows may take: status is for a glance. */
const patience = 2_000

async function countRows({ db, schemas, tenant }: Look, group: string, live: RegisteredGroup['versions'][number]) {
  const { history, latest } = storedTable({ group, fingerprint: live.fingerprint, snapshot: live.snapshot }, schemas)
  const session = { role: 'app', tenant, readOnly: true, statementTimeout: patience } as const
  const ask = async (sql: string): Promise<Partial<Counts>> => {
    try {
      const { rows } = await db.query<Counts>(session, sql, [tenant])
      return rows[0] ?? {}
    } catch (error) {
      // Too long, or cleaned up since.
      if (error instanceof DatabaseError && ['57014', '42P01'].includes(error.code)) return {}
      throw error
    }
  }
  const current = 'WHERE tenant_id = $1 AND superseded_at IS NULL'
  const online = await ask(`SELECT count(*) AS entities, max(event_timestamp) AS newest FROM ${latest} ${current}`)
  return { ...unknown, ...online, ...(await ask(`SELECT count(*) AS rows FROM ${history} ${current}`)) }
}
