/** The whole of a build: compile, look, plan, apply, and look again for what the changed rows have made due. */
import { parseInstant, toMicroseconds } from '../config/instant.js'
import type { Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import { FstoreError } from '../errors.js'
import { compileProject } from '../offline/compile.js'
import { schemasOf } from '../offline/feature-table.js'
import { expectVector } from '../offline/vector-extension.js'
import { activeTenants } from '../registry/repository.js'
import { applyPlan, type BuildEvent, type GroupResult } from './apply.js'
import { type Plan, type PlanOptions, planBuild, requireWindows } from './build.js'
import { requireComputed } from './computed.js'
import { OnlineBuild } from './online.js'
import { widthOf } from './parallel.js'
import { selectGroups } from './select.js'
import { readState, type State } from './state.js'

export interface BuildScope {
  readonly db: Database
  /** Absent: the latest tables are the online store. */
  readonly redis?: Redis | undefined
  readonly project: Project
  /** The folder that `sqlFile()` paths start from. */
  readonly root: string
  /** Files where inline SQL may have been written. */
  readonly files: readonly string[]
  readonly tenant: string
}

/** What a build takes; without anything all groups, all windows that are due, one tenant. */
export interface BuildOptions {
  /** Groups by name, `tag:x`, and `+` before or after for what they read and what reads them. All when empty. */
  readonly select?: readonly string[] | undefined
  /** Timestamps with a time zone, or dates (UTC): only windows between them. */
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Run again what has been covered, too. */
  readonly full?: boolean | undefined
  /** Sends to Redis what it lacks, too, and makes versions that become live so there. */
  readonly online?: boolean | undefined
  /** For every active tenant, one after another. */
  readonly allTenants?: boolean | undefined
  /** Windows of one group that run at the same time, over as many connections; 1 when absent. */
  readonly parallel?: number | undefined
  /** Stops after the window in flight. */
  readonly signal?: AbortSignal | undefined
}

/** Groups and the span of time whose windows run, whether or not they have run before. Instants with a time zone. */
export interface MaterializeOptions {
  readonly groups: readonly string[]
  readonly start: string
  readonly end: string
  /** Seconds; the group's own windows when absent. */
  readonly every?: number | undefined
  /** By group, spans between the start and the end; all when absent. */
  readonly only?: PlanOptions['only']
  /** Sends to Redis what it lacks, too, and makes versions that become live so there. */
  readonly online?: boolean | undefined
  /** For every active tenant, one after another. */
  readonly allTenants?: boolean | undefined
  /** Windows of one group that run at the same time, over as many connections; 1 when absent. */
  readonly parallel?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a build has done: by group, and by tenant where it was for all of them. */
export interface BuildResult {
  readonly status: 'done' | 'failed' | 'cancelled'
  /** Nothing was due. */
  readonly upToDate: boolean
  readonly groups: readonly GroupResult[]
  readonly archived: readonly string[]
  readonly durationMs: number
  /** Why Redis has not got all that was asked to be sent there. */
  readonly onlineError?: FstoreError
  /** Of a build for all tenants, each tenant's own. */
  readonly tenants?: readonly TenantResult[]
}

/** What became of one tenant's build. */
export interface TenantResult extends Pick<BuildResult, 'status' | 'upToDate' | 'groups' | 'durationMs'> {
  readonly tenant: string
}

export async function planOf(scope: BuildScope, options: BuildOptions): Promise<Plan> {
  return planBuild(await buildOptions(scope, options))
}

export async function* build(scope: BuildScope, options: BuildOptions): AsyncGenerator<BuildEvent, BuildResult> {
  return yield* execute(scope, await buildOptions(scope, options), options)
}

/** Runs exactly the windows named, whether or not they are covered. @throws FstoreError RANGE_EMPTY */
export async function* materializeWindows(
  scope: BuildScope,
  options: MaterializeOptions,
): AsyncGenerator<BuildEvent, BuildResult> {
  const { groups: select, start, end, every, only, online } = options
  const named = { ...(await buildOptions(scope, { select, start, end, online, full: true })), every, only }
  for (const { group } of named.groups) if (select.includes(group.name)) requireComputed(group)
  requireWindows(planBuild(named), named)
  return yield* execute(scope, named, options)
}

export async function buildOptions(scope: BuildScope, options: BuildOptions): Promise<PlanOptions> {
  const { project, tenant, db } = scope
  const { select = [], full } = options
  const { start, end } = range(options)
  const groups = selectGroups(await compileProject(scope), select)
  const declared = select.length === 0 ? { declared: project.groups.map(({ name }) => name) } : {}
  await expectVector(
    db,
    groups.map(({ group }) => group),
  )
  const state = await readState({ db, project, tenant })
  const online = options.online === true && scope.redis !== undefined ? await onlineTenants(scope, state) : undefined
  return { project: project.name, tenant, groups, state, start, end, full, online, ...declared }
}

async function onlineTenants({ db, project }: BuildScope, { registry }: State): Promise<string[]> {
  return registry.size === 0 ? [] : db.transaction({ role: 'owner' }, (tx) => activeTenants(tx, project.schema))
}

/** @throws FstoreError TIMESTAMP_INVALID, RANGE_EMPTY */
function range({ start: from, end: to }: BuildOptions): { start: string | undefined; end: string | undefined } {
  const start = from === undefined ? undefined : parseInstant(from)
  const end = to === undefined ? undefined : parseInstant(to)
  if (start !== undefined && end !== undefined && toMicroseconds(start) >= toMicroseconds(end))
    throw new FstoreError('RANGE_EMPTY', `The start ${start} is not before the end ${end}.`, {
      fix: 'Swap them, or move the end later.',
    })
  return { start, end }
}

async function* execute(
  scope: BuildScope,
  options: PlanOptions,
  { signal, parallel: asked }: Pick<BuildOptions, 'signal' | 'parallel'>,
): AsyncGenerator<BuildEvent, BuildResult> {
  const { db, project, tenant } = scope
  const started = Date.now()
  const schemas = schemasOf(project.schema)
  const results = new Map<string, GroupResult>()
  const online =
    options.online === undefined || scope.redis === undefined
      ? undefined
      : new OnlineBuild({ db, redis: scope.redis, schemas, project: project.name, signal })
  const { windows: parallel, note } = await widthOf(db, asked)
  if (note !== undefined) yield { type: 'note', message: note }
  const isChained = options.groups.some(({ reads }) => reads.length > 0)
  const first = planBuild(options)
  let plan = first
  // Each round makes due what reads the rows that the last one changed; dependencies are no deeper than the groups.
  for (let round = 0; round <= options.groups.length; round++) {
    yield { type: 'plan', plan }
    yield* applyPlan(
      { db, schemas, project: project.name, groups: options.groups, plan, online, parallel, signal },
      results,
    )
    // Without a window that ran, and a group that reads others, nothing has become due.
    if (signal?.aborted === true || isBroken(results) || !hasWindows(plan) || !isChained) break
    const state = { ...(await readState({ db, project, tenant })), now: options.state.now }
    plan = planBuild({ ...options, state, full: false })
    if (!hasWindows(plan)) break
  }
  const groups = options.groups.map(({ group }) => results.get(group.name)).filter((result) => result !== undefined)
  const archived = first.steps.flatMap((step) => (step.kind === 'archive' ? step.groups : []))
  const failure = online?.failure === undefined ? {} : { onlineError: online.failure }
  const isFailed = isBroken(results) || online?.failure !== undefined
  const status = isFailed ? 'failed' : signal?.aborted === true ? 'cancelled' : 'done'
  const upToDate = first.steps.every(({ kind }) => kind === 'project')
  return { status, upToDate, groups, archived, ...failure, durationMs: Date.now() - started }
}

function hasWindows({ steps }: Plan): boolean {
  return steps.some(({ kind }) => kind === 'materialize')
}

function isBroken(results: ReadonlyMap<string, GroupResult>): boolean {
  return [...results.values()].some(({ status }) => status === 'failed' || status === 'blocked')
}
