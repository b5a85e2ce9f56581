/** Carries out the steps of a plan, one after another, telling each as an event. */

import type { Database } from '../db/database.js'
import { migrate } from '../db/migrate.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'
import { createFeatureTable, type Schemas } from '../offline/feature-table.js'
import { ensureSimilarityIndexes } from '../offline/similarity-index.js'
import { grantSources } from '../offline/sources.js'
import { ensureVector, grantVector } from '../offline/vector-extension.js'
import { failDeadJobs } from '../pipeline/jobs.js'
import type { MaterializeEvent, Tally } from '../pipeline/materialization.js'
import { materialize } from '../pipeline/materialize.js'
import { addTenant, archiveGroups, claimStore, readRegistry, registerGroup } from '../registry/repository.js'
import { type Plan, type Step, windowsOfStep } from './build.js'
import type { OnlineBuild, OnlineEvent } from './online.js'
import { promoteGroup } from './promote.js'

/** What a build tells while it runs; told apart by `type`. */
export type BuildEvent =
  /** Before each tenant of a build for all of them; `done` of `total` are built. */
  | { readonly type: 'tenant'; readonly tenant: string; readonly done: number; readonly total: number }
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'step'; readonly step: Step }
  | { readonly type: 'promoted'; readonly group: string; readonly version: number; readonly from: string | null }
  | { readonly type: 'not-promoted'; readonly group: string; readonly version: number; readonly why: string }
  | { readonly type: 'failed'; readonly group: string; readonly error: FstoreError }
  | { readonly type: 'blocked'; readonly group: string; readonly by: readonly string[] }
  /** Something to know before the work starts. */
  | { readonly type: 'note'; readonly message: string }
  | OnlineEvent
  | MaterializeEvent

/** What became of one group. */
export interface GroupResult extends Tally {
  readonly group: string
  readonly version: number
  readonly status: 'built' | 'unchanged' | 'failed' | 'blocked' | 'cancelled'
  readonly promoted: boolean
  /** Why a new version is not live yet. */
  readonly notPromoted?: string
  /** Rows sent to Redis, where that was asked for. */
  readonly sent?: number
  readonly error?: FstoreError
}

export interface Application {
  readonly db: Database
  readonly schemas: Schemas
  readonly project: string
  readonly groups: readonly CompiledGroup[]
  readonly plan: Plan
  readonly online?: OnlineBuild | undefined
  /** Windows of a group that run at the same time; 1 when absent. */
  readonly parallel?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const none: Tally = { windows: 0, processed: 0, written: 0, superseded: 0, rejected: 0 }

/** @param results filled group by group, and added to where a group is there from an earlier plan */
export async function* applyPlan(run: Application, results: Map<string, GroupResult>): AsyncGenerator<BuildEvent> {
  const { db, schemas, plan, groups } = run
  // Before anything is written that would be of no use without it.
  if (plan.steps.length > 0) await ensureVector(db, declared(groups))
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
    if (run.online !== undefined) yield* run.online.withdraw(step.groups)
  }
}

async function prepare({ db, schemas, project, plan, groups }: Application): Promise<void> {
  await db.transaction({ role: 'owner' }, (tx) => claimStore(tx, schemas.registry, project))
  await failDeadJobs({ db, schema: schemas.registry, tenant: plan.tenant })
  if (plan.steps.length === 0) return
  await db.transaction({ role: 'owner' }, (tx) => addTenant(tx, schemas.registry, plan.tenant))
  await grantSources(db)
  await grantVector(db, declared(groups))
}

function declared(groups: readonly CompiledGroup[]) {
  return groups.map(({ group }) => group)
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
  // First: what waits for a group that was stopped is no failure.
  if (run.signal?.aborted === true) {
    if (steps.length > 0) results.set(group, { ...result, status: 'cancelled' })
    return
  }
  if (blockers.length > 0) {
    results.set(group, { ...result, status: 'blocked' })
    if (steps.length > 0) yield { type: 'blocked', group, by: blockers }
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
  return steps.every(({ kind }) => kind === 'project') ? (before?.status ?? 'unchanged') : 'built'
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
    else if (step.kind === 'project' && run.online !== undefined)
      outcome = { ...outcome, sent: (outcome.sent ?? 0) + (yield* run.online.send(compiled, step)) }
    else if (step.kind === 'promote' && run.signal?.aborted !== true)
      outcome = yield* applyPromotion(run, compiled, step, outcome)
  }
  yield* applyIndexes(run, compiled)
  if (run.online === undefined) return outcome
  const project = steps.find((step) => step.kind === 'project')
  // Rows that were pushed come into the new table with the promotion itself.
  if (project !== undefined && outcome.promoted && compiled.group.sourceType !== 'batch')
    outcome = { ...outcome, sent: (outcome.sent ?? 0) + (yield* run.online.send(compiled, project)) }
  yield* run.online.publish(compiled)
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
  const { db, schemas, parallel, signal } = run
  const { tenant, windows: total, type } = step
  return { db, schemas, compiled, tenant, total, type, parallel, signal, ...windowsOfStep(step) }
}

function add(outcome: Outcome, tally: Tally): Outcome {
  const sum = { ...outcome }
  for (const key of Object.keys(none) as (keyof Tally)[]) sum[key] = outcome[key] + tally[key]
  return sum
}

/** Where nothing has changed, a look at the catalogue. */
async function* applyIndexes(
  { db, schemas }: Application,
  { group, table }: CompiledGroup,
): AsyncGenerator<BuildEvent> {
  const message = await ensureSimilarityIndexes({ db, schemas, group, table })
  if (message !== undefined) yield { type: 'warning', group: group.name, message }
}

async function* applyPromotion(
  run: Application,
  compiled: CompiledGroup,
  step: Extract<Step, { kind: 'promote' }>,
  outcome: Outcome,
): AsyncGenerator<BuildEvent, Outcome> {
  const { db, schemas } = run
  const { group, version, from } = step
  // What is pushed comes into the new table with the promotion itself.
  if (compiled.group.sourceType === 'batch') yield* applyIndexes(run, compiled)
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  // Readers that talk to Redis alone would not follow.
  const unsent = run.online?.failure === undefined ? undefined : 'its values could not be sent to Redis'
  const why = unsent ?? (await promoteGroup({ db, schemas, compiled, from, warn }))
  for (const message of warnings) yield { type: 'warning', group, message }
  if (why === undefined) yield { type: 'promoted', group, version, from }
  else yield { type: 'not-promoted', group, version, why }
  return why === undefined ? { ...outcome, promoted: true } : { ...outcome, notPromoted: why }
}
