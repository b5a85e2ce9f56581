/** A plan told by group: what changes and what that means to readers, what is backfilled, what is destroyed. */

import type { CompiledGroup } from '../offline/compile.js'
import { schemasOf } from '../offline/feature-table.js'
import { printedSql } from '../offline/printed-sql.js'
import { liveOf, type RegisteredGroup } from '../registry/repository.js'
import { type Plan, type PlanOptions, planBuild, type Step } from './build.js'
import { changeBetween, type GroupChange } from './change.js'
import { type EstimateScope, estimateRows, type MaterializeStep } from './estimate.js'
import { type BuildOptions, type BuildScope, buildOptions } from './execute.js'
import type { ImpactKind } from './impact.js'
import { tenantsBehind } from './promote.js'

/** The windows that a build would run for one tenant and group, and about how many rows they yield. */
export interface Backfill extends Pick<MaterializeStep, 'tenant' | 'type' | 'every' | 'windows' | 'spans' | 'again'> {
  /** About how many rows the windows yield; null where nothing tells. */
  readonly rows: number | null
}

/** What a build would do with one group. */
export interface PlannedGroup {
  readonly group: string
  /**
   * `affected`: only a group that it reads changes; `restored`: an earlier version becomes live again; `described`:
   * only words change; `due`: nothing changes, and windows are due.
   */
  readonly kind: 'added' | 'changed' | 'affected' | 'restored' | 'described' | 'due' | 'removed'
  /** Null where nothing changes for readers. */
  readonly impact: ImpactKind | null
  readonly reasons: readonly string[]
  /** The version that the config means, and the one that readers see now. */
  readonly version: number | null
  readonly liveVersion: number | null
  readonly promoted: boolean
  /** Tenants that a build of this one leaves without what the live version has of them; absent where there are none. */
  readonly waitsFor?: readonly string[]
  readonly features: GroupChange['features']
  /** Line by line, against the live version. */
  readonly sql: GroupChange['sql']
  readonly backfill: Backfill | null
  /** What else there is to know, in words; absent where there is nothing. */
  readonly notes?: readonly string[]
}

/** The SQL of a group as the database is given it. */
export interface CompiledSql {
  readonly group: string
  readonly selects: ReturnType<typeof printedSql>
}

/** A plan for people: by group, what changes, what runs and what is destroyed. */
export interface PlanReport {
  readonly plan: Plan
  /** Something would be done. */
  readonly changes: boolean
  readonly migrations: readonly string[]
  readonly groups: readonly PlannedGroup[]
  /** What a build would delete for good: nothing. Old versions and removed groups are kept. */
  readonly destroys: readonly string[]
  /** By group, each after those it reads; asked for. */
  readonly compiled?: readonly CompiledSql[]
}

/** The options of the build that is asked about. */
export interface PlanReportOptions extends BuildOptions {
  /** Every group's compiled SQL, too. */
  readonly sql?: boolean | undefined
}

export async function reportPlan(scope: BuildScope, options: PlanReportOptions): Promise<PlanReport> {
  const given = await buildOptions(scope, options)
  const plan = planBuild(given)
  const { db, tenant, project } = scope
  const migrated = given.state.registry.size > 0
  const estimate = { db, tenant, schema: migrated ? schemasOf(project.schema).registry : undefined }
  const changes = changesOf(given)
  const groups: PlannedGroup[] = []
  for (const compiled of given.groups) {
    const steps = plan.steps.filter((step) => 'group' in step && step.group === compiled.group.name)
    if (steps.length === 0) continue
    const waitsFor = (await behind(scope, compiled, steps)).filter((name) => name !== tenant)
    const told = await planned(compiled, steps, given, changes, estimate)
    groups.push(waitsFor.length > 0 ? { ...told, waitsFor } : told)
  }
  for (const step of plan.steps)
    if (step.kind === 'archive')
      groups.push(...step.groups.map((name) => removed(name, given.state.registry.get(name))))
  return {
    plan,
    changes: plan.steps.length > 0,
    migrations: plan.steps.flatMap((step) => (step.kind === 'migrate' ? step.migrations : [])),
    groups,
    destroys: [],
    ...(options.sql === true && {
      compiled: given.groups.map((one) => ({ group: one.group.name, selects: printedSql(one) })),
    }),
  }
}

async function behind({ db, project }: BuildScope, compiled: CompiledGroup, steps: readonly Step[]): Promise<string[]> {
  const promote = steps.find((step) => step.kind === 'promote')
  return promote === undefined ? [] : tenantsBehind(db, schemasOf(project.schema), compiled, promote.from)
}

/** By group, against what readers see; a group comes after those it reads, whose changes say what its own means. */
function changesOf({ groups, state }: PlanOptions): Map<string, GroupChange> {
  const changes = new Map<string, GroupChange>()
  for (const { definition, group } of groups) {
    const live = liveOf(state.registry.get(group.name))
    if (live?.fingerprint === definition.fingerprint) continue
    const upstream = new Map([...changes].map(([name, { kind }]) => [name, kind]))
    changes.set(group.name, changeBetween(live?.snapshot, definition.snapshot, upstream))
  }
  return changes
}

async function planned(
  compiled: CompiledGroup,
  steps: readonly Step[],
  { state }: PlanOptions,
  changes: ReadonlyMap<string, GroupChange>,
  scope: EstimateScope,
): Promise<PlannedGroup> {
  const { name } = compiled.group
  const before = state.registry.get(name)
  const change = changes.get(name)
  const register = steps.find((step) => step.kind === 'register')
  const promote = steps.find((step) => step.kind === 'promote')
  const materialize = steps.find((step) => step.kind === 'materialize')
  const known = before?.versions.find(({ fingerprint }) => fingerprint === compiled.definition.fingerprint)
  return {
    group: name,
    kind: kindOf(before, change, register, known !== undefined),
    impact: change?.kind ?? null,
    reasons: change?.reasons ?? [],
    version: promote?.version ?? register?.version ?? known?.version ?? null,
    liveVersion: liveOf(before)?.version ?? null,
    promoted: promote !== undefined,
    features: change?.features ?? [],
    // A new group's SQL is all new: `--sql` shows it.
    sql: liveOf(before) === undefined ? [] : (change?.sql ?? []),
    backfill:
      materialize === undefined
        ? null
        : await backfill(compiled, materialize, scope, before?.activeFingerprint ?? null),
    ...(isEmptied(compiled, before, promote !== undefined) && { notes: [emptied(compiled)] }),
  }
}

/** Nothing computes again what was pushed, or was folded from events. */
function isEmptied({ group }: CompiledGroup, before: RegisteredGroup | undefined, promoted: boolean): boolean {
  return promoted && group.sourceType === 'stream' && liveOf(before) !== undefined
}

function emptied({ group: { name, events } }: CompiledGroup): string {
  return events === undefined
    ? `it begins empty: push its rows again (fstore push ${name} rows.jsonl)`
    : 'it begins empty: ingest its events again (fstore ingest events.jsonl)'
}

function kindOf(
  before: RegisteredGroup | undefined,
  change: GroupChange | undefined,
  register: Extract<Step, { kind: 'register' }> | undefined,
  known: boolean,
): PlannedGroup['kind'] {
  if (before === undefined || liveOf(before) === undefined) return 'added'
  if (change === undefined) return register === undefined ? 'due' : 'described'
  if (known && register?.change === 'restored') return 'restored'
  return change.affected ? 'affected' : 'changed'
}

async function backfill(
  compiled: CompiledGroup,
  step: MaterializeStep,
  scope: EstimateScope,
  live: string | null,
): Promise<Backfill> {
  const { tenant, type, every, windows, spans, again } = step
  return {
    tenant,
    type,
    every,
    windows,
    spans,
    ...(again && { again }),
    rows: await estimateRows(scope, compiled, step, live),
  }
}

function removed(group: string, before: RegisteredGroup | undefined): PlannedGroup {
  const reasons = ['it is no longer declared: no longer built or listed; its rows are kept']
  const version = { version: null, liveVersion: liveOf(before)?.version ?? null, promoted: false }
  return { group, kind: 'removed', impact: 'breaking', reasons, ...version, features: [], sql: [], backfill: null }
}
