/** How a store stands, for a glance: what `status` tells, in as many questions for two hundred groups as for one. */
import { fromMicroseconds } from '../config/instant.js'
import type { GroupSpec } from '../config/project.js'
import { migrationStatus } from '../db/migrate.js'
import { compileProject } from '../offline/compile.js'
import { schemasOf, tableName } from '../offline/feature-table.js'
import { glanceAtRows, type RowGlance } from '../offline/row-glance.js'
import type { RedisLag } from '../online/lag.js'
import { type JobRecord, listJobs, newestJobs } from '../pipeline/job-list.js'
import { liveOf } from '../registry/repository.js'
import { listTenants, type Tenant } from '../registry/tenants.js'
import { planBuild } from './build.js'
import type { BuildScope } from './execute.js'
import { standingOf } from './group-standing.js'
import { readScheduledRuns, type ScheduledRun } from './scheduled-runs.js'
import { readState, type State } from './state.js'
import { type GroupStatus, lagOf } from './status.js'
import { orWhyNot } from './why-not.js'

/** Without what must be counted row by row, or tenant by tenant. */
export interface GroupGlance extends Omit<GroupStatus, 'rows' | 'waitsFor'>, Pick<RowGlance, 'estimated'> {}

export interface Overview {
  readonly now: string
  readonly databaseVersion: string
  readonly redis?: RedisLag
  readonly migrations: { readonly applied: number; readonly pending: readonly string[] }
  readonly tenants: readonly Tenant[]
  /** In the order of the config. */
  readonly groups: readonly GroupGlance[]
  /** The last ten, newest first. */
  readonly runs: readonly JobRecord[]
  /** Why the windows due are not known. */
  readonly problem?: string
}

/** @throws FstoreError DATABASE_UNREACHABLE, MIGRATION_EDITED, MIGRATION_NEWER */
export async function storeOverview(scope: BuildScope): Promise<Overview> {
  const { db, project, tenant } = scope
  const state = await readState({ db, project, tenant })
  const { rows } = await db.query<{ server_version: string }>({ role: 'owner' }, 'SHOW server_version')
  const all = await migrationStatus({ db, schema: project.schema })
  const due = await orWhyNot(dueWindows(scope, state))
  const known = state.pendingMigrations.length < all.length ? await look(scope, state) : nothing
  const groups: GroupGlance[] = []
  for (const group of project.groups) groups.push(await glance(group, state, known, due))
  return {
    now: fromMicroseconds(state.now),
    databaseVersion: rows[0]?.server_version ?? '',
    migrations: { applied: all.length - state.pendingMigrations.length, pending: state.pendingMigrations },
    tenants: known.tenants,
    groups,
    runs: known.runs,
    ...(known.redis !== undefined && { redis: known.redis }),
    ...(typeof due === 'string' && { problem: due }),
  }
}

/** Of all groups at once. */
interface Known {
  readonly scheduled: ReadonlyMap<string, ScheduledRun>
  readonly newest: ReadonlyMap<string, JobRecord>
  /** By name of the latest table. */
  readonly tables: ReadonlyMap<string, RowGlance>
  readonly runs: readonly JobRecord[]
  readonly tenants: readonly Tenant[]
  readonly redis?: RedisLag | undefined
}

const nothing: Known = { scheduled: new Map(), newest: new Map(), tables: new Map(), runs: [], tenants: [] }

async function look(scope: BuildScope, state: State): Promise<Known> {
  const { db, project, tenant } = scope
  const schemas = schemasOf(project.schema)
  const jobs = { db, schema: schemas.registry, tenant }
  const names = project.groups.map(({ name }) => name)
  const live = names.flatMap((name) => {
    const version = liveOf(state.registry.get(name))
    return version === undefined ? [] : [tableName(name, version.fingerprint)]
  })
  const hasSchedules = !state.pendingMigrations.includes('schedules')
  return {
    scheduled: hasSchedules ? await readScheduledRuns(db, project.schema) : new Map(),
    newest: await newestJobs(jobs, names),
    tables: await glanceAtRows({ db, schema: schemas.online, tenant }, live),
    runs: await listJobs(jobs, { limit: 10 }),
    tenants: await db.transaction({ role: 'owner' }, (tx) => listTenants(tx, project.schema)),
    redis: await lagOf(scope, schemas),
  }
}

/** By group. */
async function dueWindows(scope: BuildScope, state: State): Promise<ReadonlyMap<string, number>> {
  const { project, tenant } = scope
  // Where inline SQL is written in the config matters to nobody here, and takes long to find.
  const groups = await compileProject({ ...scope, files: [] })
  const { steps } = planBuild({ project: project.name, tenant, groups, state })
  return new Map(steps.flatMap((step) => (step.kind === 'materialize' ? [[step.group, step.windows] as const] : [])))
}

async function glance(
  group: GroupSpec,
  state: State,
  { scheduled, newest, tables }: Known,
  windows: ReadonlyMap<string, number> | string,
): Promise<GroupGlance> {
  const { name } = group
  const live = liveOf(state.registry.get(name))
  const counts = tables.get(tableName(name, live?.fingerprint ?? '')) ?? unknown
  const due = typeof windows === 'string' ? null : (windows.get(name) ?? 0)
  return standingOf(group, state, { counts, due, scheduledRun: scheduled.get(name), lastRun: newest.get(name) })
}

const unknown: RowGlance = { entities: null, newest: null, estimated: false }
