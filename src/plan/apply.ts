/** Carries out the steps of a plan, one after another, telling each as an event. */

import type { Database } from '../db/database.js'
import { migrate } from '../db/migrate.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'
import { createFeatureTable, type Schemas } from '../offline/feature-table.js'
import { ensureVector, grantSources } from '../offline/sources.js'
import { failDeadJobs } from '../pipeline/jobs.js'
import { type MaterializeEvent, materialize, type Tally } from '../pipeline/materialize.js'
import { addTenant, archiveGroups, claimStore, readRegistry, registerGroup } from '../registry/repository.js'
import { type Plan, type Step, windowsOfStep } from './build.js'
import { promoteGroup } from './promote.js'

export type BuildEvent =
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'step'; readonly step: Step }
  | { readonly type: 'promoted'; readonly group: string; readonly version: number; readonly from: string | null }
  | { readonly type: 'not-promoted'; readonly group: string; readonly version: number; readonly why: string }
  | { readonly type: 'failed'; readonly group: string; readonly error: FstoreError }
  | { readonly type: 'blocked'; readonly group: string; readonly by: readonly string[] }
  | MaterializeEvent

/** What became of one group. */
export interface GroupResult extends Tally {
  readonly group: string
  readonly version: number
  readonly status: 'built' | 'unchanged' | 'failed' | 'blocked' | 'cancelled'
  readonly promoted: boolean
  /** Why a new version is not live yet. */
  readonly notPromoted?: string
  readonly error?: FstoreError
}

export interface Application {
  readonly db: Database
  readonly schemas: Schemas
  readonly project: string
  readonly groups: readonly CompiledGroup[]
  readonly plan: Plan
  readonly signal?: AbortSignal | undefined
}

const none: Tally = { windows: 0, processed: 0, written: 0, superseded: 0, rejected: 0 }

/** @param results filled group by group, and added to where a group is there from an earlier plan */
export async function* applyPlan(run: Application, results: Map<string, GroupResult>): AsyncGenerator<BuildEvent> {
  const { db, schemas, plan, groups } = run
  for (const step of plan.steps.filter(({ kind }) => kind === 'migrate')) {
    yield { type: 'step', step }
    await migrate({ db, schema: schemas.registry })
  }
  await prepare(run)
  for (const compiled of groups) {
    const steps = plan.steps.filter((step) => 'group' in step && step.group === compiled.group.name)
    yield* applyGroup(run, compiled, steps, results)
  }
  for (const step of plan.steps) {
    if (step.kind !== 'archive') continue
    yield { type: 'step', step }
    await db.transaction({ role: 'owner' }, (tx) => archiveGroups(tx, schemas.registry, step.groups))
  }
}

async function prepare({ db, schemas, project, plan, groups }: Application): Promise<void> {
  await db.transaction({ role: 'owner' }, (tx) => claimStore(tx, schemas.registry, project))
  await failDeadJobs({ db, schema: schemas.registry, tenant: plan.tenant })
  if (plan.steps.length === 0) return
  await db.transaction({ role: 'owner' }, (tx) => addTenant(tx, schemas.registry, plan.tenant))
  await grantSources(db)
  await ensureVector(db, groups)
}

async function* applyGroup(
  run: Application,
  compiled: CompiledGroup,
  steps: readonly Step[],
  results: Map<string, GroupResult>,
): AsyncGenerator<BuildEvent> {
  const group = compiled.group.name
  const blockers = compiled.reads.map((source) => source.group.name).filter((name) => isBroken(results.get(name)))
  const before = results.get(group)
  const version = run.plan.versions[group] as number
  const result = { ...(before ?? { ...none, group, promoted: false }), version }
  if (blockers.length > 0) {
    results.set(group, { ...result, status: 'blocked' })
    if (steps.length > 0) yield { type: 'blocked', group, by: blockers }
    return
  }
  if (run.signal?.aborted === true) {
    if (steps.length > 0) results.set(group, { ...result, status: 'cancelled' })
    return
  }
  try {
    const outcome = yield* applySteps(run, compiled, steps, result)
    results.set(group, { ...outcome, status: statusOf(run, steps, before) })
  } catch (error) {
    if (!(error instanceof FstoreError) || error.exitCode === 5) throw error
    results.set(group, { ...result, status: 'failed', error })
    yield { type: 'failed', group, error }
  }
}

function isBroken(result: GroupResult | undefined): boolean {
  return result !== undefined && ['failed', 'blocked', 'cancelled'].includes(result.status)
}

function statusOf(run: Application, steps: readonly Step[], before: GroupResult | undefined): GroupResult['status'] {
  if (run.signal?.aborted === true) return 'cancelled'
  return steps.length === 0 ? (before?.status ?? 'unchanged') : 'built'
}

type Outcome = Omit<GroupResult, 'status'>

async function* applySteps(
  run: Application,
  compiled: CompiledGroup,
  steps: readonly Step[],
  before: Outcome,
): AsyncGenerator<BuildEvent, Outcome> {
  let outcome = before
  for (const step of steps) {
    yield { type: 'step', step }
    if (step.kind === 'register') await register(run, compiled)
    else if (step.kind === 'materialize')
      outcome = add(outcome, yield* materialize(materialization(run, compiled, step)))
    else if (step.kind === 'promote' && run.signal?.aborted !== true)
      outcome = yield* applyPromotion(run, compiled, step, outcome)
  }
  return outcome
}

async function register({ db, schemas }: Application, compiled: CompiledGroup): Promise<void> {
  const { definition, table } = compiled
  await db.transaction({ role: 'owner' }, async (tx) => {
    // Another build may be registering the same version: the second one finds it there.
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schemas.registry}.versions`])
    const before = (await readRegistry(tx, schemas.registry)).get(compiled.group.name)
    await registerGroup(tx, schemas.registry, definition, before)
    await createFeatureTable(tx, table, definition)
  })
}

function materialization(run: Application, compiled: CompiledGroup, step: Extract<Step, { kind: 'materialize' }>) {
  const { db, schemas, signal } = run
  const { tenant, windows: total, type } = step
  return { db, schemas, compiled, tenant, total, type, signal, ...windowsOfStep(step) }
}

function add(outcome: Outcome, tally: Tally): Outcome {
  const sum = { ...outcome }
  for (const key of Object.keys(none) as (keyof Tally)[]) sum[key] = outcome[key] + tally[key]
  return sum
}

async function* applyPromotion(
  run: Application,
  compiled: CompiledGroup,
  step: Extract<Step, { kind: 'promote' }>,
  outcome: Outcome,
): AsyncGenerator<BuildEvent, Outcome> {
  const { db, schemas } = run
  const { group, version, from } = step
  const why = await promoteGroup({ db, schemas, compiled, from })
  if (why === undefined) yield { type: 'promoted', group, version, from }
  else yield { type: 'not-promoted', group, version, why }
  return why === undefined ? { ...outcome, promoted: true } : { ...outcome, notPromoted: why }
}
