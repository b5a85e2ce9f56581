/** A build as data: from what is declared and what the database has, the steps between them. Pure. */
import { formatDuration } from '../config/duration.js'
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import type { GroupSpec } from '../config/project.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'
import {
  countWindows,
  due,
  intersect,
  lookedBack,
  normalize,
  retained,
  type Span,
  target,
  wholeWindows,
  windowsOf,
} from '../pipeline/window.js'
import { type Change, diff } from '../registry/diff.js'
import { changeSummary, metadataOf, metricsMoved, type RegisteredGroup } from '../registry/repository.js'
import type { State } from './state.js'

/** One step of a plan; told apart by `kind`. */
export type Step =
  | { readonly kind: 'migrate'; readonly migrations: readonly string[] }
  | {
      readonly kind: 'register'
      readonly group: string
      /** `restored`: a meaning that an earlier version had; its table is used again. */
      readonly change: 'new' | 'changed' | 'restored' | 'described'
      readonly version: number
      readonly fingerprint: string
      readonly summary: string
      readonly diff?: Change
    }
  | {
      readonly kind: 'materialize'
      readonly group: string
      readonly tenant: string
      readonly fingerprint: string
      readonly type: 'full' | 'incremental'
      /** Instants, UTC: the first window's start and the last window's end. */
      readonly start: string
      readonly end: string
      /** Seconds. */
      readonly every: number
      readonly windows: number
      /** The spans that are due, when they are not the whole. */
      readonly spans: readonly (readonly [string, string])[]
      /** Those among them that are covered, and run again for source rows that came late; absent where none do. */
      readonly again?: readonly (readonly [string, string])[]
    }
  | {
      /** To Redis. */
      readonly kind: 'project'
      readonly group: string
      readonly version: number
      readonly tenants: readonly string[]
    }
  | {
      readonly kind: 'promote'
      readonly group: string
      readonly from: string | null
      readonly to: string
      readonly version: number
    }
  | { readonly kind: 'archive'; readonly groups: readonly string[] }

/** The steps that a build would take, in order. Plain data. */
export interface Plan {
  readonly project: string
  readonly tenant: string
  /** The database's clock when the plan was made. */
  readonly now: string
  /** By group, the version that its config means. */
  readonly versions: Readonly<Record<string, number>>
  readonly steps: readonly Step[]
}

export interface PlanOptions {
  readonly project: string
  readonly tenant: string
  /** The groups to build, each after those it reads. */
  readonly groups: readonly CompiledGroup[]
  /** Every group of the config: those the registry has and this list lacks are archived. Absent: none are. */
  readonly declared?: readonly string[]
  readonly state: State
  /** Instants that narrow what is due. */
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Run covered windows too. */
  readonly full?: boolean | undefined
  /** By group, the only spans to run; of those that are due, or with `full` of all. */
  readonly only?: ReadonlyMap<string, readonly Span[]> | undefined
  /** Seconds: the windows of `materialize --every`, instead of the group's own. */
  readonly every?: number | undefined
  /** The active tenants, whose values a version needs in Redis before it becomes live; absent: nothing is sent there. */
  readonly online?: readonly string[] | undefined
}

export function planBuild(options: PlanOptions): Plan {
  const { project, tenant, groups, state } = options
  const steps: Step[] = []
  if (state.pendingMigrations.length > 0) steps.push({ kind: 'migrate', migrations: state.pendingMigrations })
  for (const compiled of groups) steps.push(...planGroup(compiled, options))
  const declared = options.declared
  const gone = [...state.registry.values()].filter(
    ({ name, status }) => declared !== undefined && !declared.includes(name) && status !== 'archived',
  )
  if (gone.length > 0) steps.push({ kind: 'archive', groups: gone.map(({ name }) => name) })
  const versions = groups.map((one) => [one.group.name, versionOf(one, state.registry.get(one.group.name))] as const)
  return { project, tenant, now: fromMicroseconds(state.now), versions: Object.fromEntries(versions), steps }
}

function planGroup(compiled: CompiledGroup, options: PlanOptions): Step[] {
  const before = options.state.registry.get(compiled.group.name)
  const register = planRegister(compiled, before)
  const materialize = planWindows(compiled, options)
  const { fingerprint, group } = compiled.definition
  const version = versionOf(compiled, before)
  const from = before?.activeFingerprint ?? null
  const promote: Step = { kind: 'promote', group: group.name, from, to: fingerprint, version }
  const project = planProjection(options, { group: group.name, version, isLive: from === fingerprint })
  return [register, materialize, project, from === fingerprint ? undefined : promote].filter(
    (step) => step !== undefined,
  )
}

/** Even where nothing is due: another build may have left its rows unsent. */
function planProjection(
  { online, tenant }: PlanOptions,
  { group, version, isLive }: { group: string; version: number; isLive: boolean },
): Step | undefined {
  if (online === undefined) return undefined
  return { kind: 'project', group, version, tenants: isLive ? [tenant] : [...new Set([tenant, ...online])] }
}

function versionOf({ definition }: CompiledGroup, before: RegisteredGroup | undefined): number {
  const known = before?.versions.find(({ fingerprint }) => fingerprint === definition.fingerprint)
  return known?.version ?? (before?.versions.at(-1)?.version ?? 0) + 1
}

function planRegister(compiled: CompiledGroup, before: RegisteredGroup | undefined): Step | undefined {
  const { definition, group } = compiled
  const { fingerprint } = definition
  const version = versionOf(compiled, before)
  const step = { kind: 'register', group: group.name, version, fingerprint } as const
  if (before === undefined) return { ...step, change: 'new', summary: 'first version' }
  const known = before.versions.find((one) => one.fingerprint === fingerprint)
  const last = before.versions.at(-1)
  if (known === undefined) {
    const change = last === undefined ? {} : { diff: diff(last.snapshot, definition.snapshot) }
    return { ...step, change: 'changed', summary: changeSummary(last, definition), ...change }
  }
  if (known.droppedAt !== undefined)
    return { ...step, change: 'restored', summary: `version ${version} again, after it was cleaned up` }
  if (before.declaredVersion !== version) return { ...step, change: 'restored', summary: `version ${version} again` }
  if (before.metadata !== metadataOf(group))
    return { ...step, change: 'described', summary: descriptionSummary(before.metadata, group) }
  return undefined
}

/** An index of embeddings is no part of a version, and takes time to make. */
function descriptionSummary(before: string, group: GroupSpec): string {
  const moved = metricsMoved(before, group)
  return moved.length === 0 ? 'descriptions only' : `descriptions, and another index for ${moved.join(', ')}`
}

function planWindows(compiled: CompiledGroup, options: PlanOptions): Step | undefined {
  const { group, definition } = compiled
  // What is pushed is never due.
  if (group.sourceType === 'stream') return undefined
  const every = options.every ?? group.every
  const span = targetOf(compiled, options)
  if (span === undefined) return undefined
  const coverage = options.state.coverage.get(`${group.name}@${definition.fingerprint}`)
  const owed =
    options.full === true ? [span] : intersect([span], due(span, coverage?.covered ?? [], coverage?.stale ?? []))
  const only = options.only?.get(group.name)
  const late =
    options.full === true || only !== undefined ? [] : lookedBack(coverage?.covered ?? [], owed, group.lookback)
  const again = ends(span, every, intersect([span], late))
  const wanted = normalize([...owed, ...again])
  const parts = only === undefined ? wanted : intersect(wanted, only)
  const windows = countWindows(span, every, parts)
  if (windows === 0) return undefined
  const list = ends(span, every, parts)
  return {
    kind: 'materialize',
    group: group.name,
    tenant: options.tenant,
    fingerprint: definition.fingerprint,
    type: options.full === true ? 'full' : 'incremental',
    start: fromMicroseconds((list[0] as Span).start),
    end: fromMicroseconds((list.at(-1) as Span).end),
    every,
    windows,
    spans: list.map(instants),
    ...(again.length > 0 && { again: again.map(instants) }),
  }
}

function instants({ start, end }: Span): readonly [string, string] {
  return [fromMicroseconds(start), fromMicroseconds(end)]
}

/** Due parts, widened to whole windows; parts of one window are that window once. */
function ends(span: Span, every: number, parts: readonly Span[]): Span[] {
  const spans: Span[] = []
  for (const part of parts) {
    const windows = windowsOf(span, every, [part])
    const first = windows.next().value as Span | undefined
    if (first === undefined) continue
    const count = BigInt(countWindows(span, every, [part]))
    spans.push({ start: first.start, end: first.start + count * BigInt(every) * 1_000_000n })
  }
  return normalize(spans)
}

/** The windows of a materialize step. */
export function windowsOfStep({ spans, start, end, every, again = [] }: Extract<Step, { kind: 'materialize' }>) {
  const span = spanOf([start, end])
  return { windows: windowsOf(span, every, spans.map(spanOf)), span, again: again.map(spanOf) }
}

/** How many of its windows have run before, and run again for source rows that came late. */
export function countAgain({ every, again = [] }: Pick<Extract<Step, { kind: 'materialize' }>, 'every' | 'again'>) {
  return again.map(spanOf).reduce((sum, span) => sum + countWindows(span, every, [span]), 0)
}

function spanOf([start, end]: readonly [string, string]): Span {
  return { start: toMicroseconds(start), end: toMicroseconds(end) }
}

function targetOf({ group, definition }: CompiledGroup, options: PlanOptions): Span | undefined {
  const { state } = options
  const every = options.every ?? group.every
  const micro = (instant: string | undefined) => (instant === undefined ? undefined : toMicroseconds(instant))
  // A new version of a group without a start goes back as far as the one that is live.
  const live = state.registry.get(group.name)?.activeFingerprint
  const covered = [definition.fingerprint, live].flatMap((fingerprint) => [
    ...(state.coverage.get(`${group.name}@${fingerprint}`)?.covered ?? []),
  ])
  // Windows named by hand may lie before the group's start; nothing may lie after its end or the clock.
  const start = micro(options.start) ?? micro(group.start)
  const end = [micro(options.end), micro(group.end), state.now].filter((at) => at !== undefined)
  const last = end.reduce((a, b) => (a < b ? a : b))
  if (options.start === undefined) {
    const whole = target({ start, end: last, every, now: state.now, covered: normalize(covered) })
    return whole && retained(whole, group, state.now)
  }
  return wholeWindows({ start: start as bigint, end: last }, every)
}

/** @throws FstoreError RANGE_EMPTY where the start and end given leave no whole window of any group */
export function requireWindows(plan: Plan, options: PlanOptions): void {
  if (plan.steps.some((step) => step.kind === 'materialize')) return
  const lengths = options.groups.map(({ group }) => `${group.name} ${formatDuration(options.every ?? group.every)}`)
  throw new FstoreError('RANGE_EMPTY', 'There is no whole window between the start and the end given.', {
    why: `Windows are aligned in UTC and run only when they are over (it is ${plan.now}). Lengths: ${lengths.join(', ')}.`,
    fix: 'Widen --start and --end to whole windows.',
  })
}
