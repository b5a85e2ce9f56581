/** How a store stands: what can be reached, what is live, how fresh it is, and what ran last. */
import { fromMicroseconds } from '../config/instant.js'
import type { GroupSpec } from '../config/project.js'
import type { Database } from '../db/database.js'
import { migrationStatus } from '../db/migrate.js'
import { type CompiledGroup, compileProject } from '../offline/compile.js'
import { type Schemas, schemasOf, storedTable } from '../offline/feature-table.js'
import { askPatiently } from '../offline/patient-query.js'
import { type RedisLag, redisLag } from '../online/lag.js'
import { readPublished } from '../online/projected.js'
import { type JobRecord, newestJobs } from '../pipeline/job-list.js'
import { liveOf, type RegisteredVersion } from '../registry/repository.js'
import { listTenants, type Tenant } from '../registry/tenants.js'
import { planBuild } from './build.js'
import type { BuildScope } from './execute.js'
import { type Freshness, standingOf } from './group-standing.js'
import { tenantsBehind } from './promote.js'
import { readScheduledRuns, type ScheduledRun } from './scheduled-runs.js'
import { readState, type State } from './state.js'
import { orWhyNot } from './why-not.js'

export type { Freshness } from './group-standing.js'

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
  const planned = await orWhyNot(lookAhead(scope, state))
  const hasSchedules = migrated && !state.pendingMigrations.includes('schedules')
  const scheduled = hasSchedules ? await readScheduledRuns(db, project.schema) : new Map<string, ScheduledRun>()
  const names = project.groups.map(({ name }) => name)
  const newest = migrated ? await newestJobs({ db, schema: schemas.registry, tenant }, names) : new Map()
  const groups: GroupStatus[] = []
  for (const group of project.groups)
    groups.push(await groupStatus({ db, schemas, tenant, state, scheduled, newest }, group, planned))
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

/** By group. */
async function lookAhead(scope: BuildScope, state: State): Promise<ReadonlyMap<string, Ahead>> {
  const { project, tenant } = scope
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
  readonly scheduled: ReadonlyMap<string, ScheduledRun>
  readonly newest: ReadonlyMap<string, JobRecord>
}

async function groupStatus(look: Look, group: GroupSpec, planned: ReadonlyMap<string, Ahead> | string) {
  const { state, scheduled, newest } = look
  const { name } = group
  const live = liveOf(state.registry.get(name))
  const counts = live === undefined ? unknown : await countRows(look, name, live)
  const { due = null, waitsFor } = typeof planned === 'string' ? {} : (planned.get(name) ?? { due: 0 })
  const known = { counts, due, scheduledRun: scheduled.get(name), lastRun: newest.get(name) }
  return { ...(await standingOf(group, state, known)), ...(waitsFor && { waitsFor }) }
}

type Counts = Pick<GroupStatus, 'rows' | 'entities' | 'newest'>

const unknown: Counts = { rows: null, entities: null, newest: null }

/** Milliseconds that counting one group's rows may take: status is for a glance. */
const patience = 2_000

async function countRows({ db, schemas, tenant }: Look, group: string, live: RegisteredVersion): Promise<Counts> {
  const { history, latest } = storedTable({ group, fingerprint: live.fingerprint, snapshot: live.snapshot }, schemas)
  const ask = async (sql: string) => (await askPatiently<Partial<Counts>>({ db, tenant, sql, patience }))?.[0]
  const current = 'WHERE tenant_id = $1 AND superseded_at IS NULL'
  const online = await ask(`SELECT count(*) AS entities, max(event_timestamp) AS newest FROM ${latest} ${current}`)
  return { ...unknown, ...online, ...(await ask(`SELECT count(*) AS rows FROM ${history} ${current}`)) }
}
