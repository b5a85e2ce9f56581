/** What has run of every group on one axis of time, and what should have. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import type { GroupSpec } from '../config/project.js'
import { intersect, retained, type Span, subtract, target } from '../pipeline/window.js'
import { liveOf } from '../registry/repository.js'
import type { BuildScope } from './execute.js'
import { readState, type State } from './state.js'

/** `[start, end)`, UTC. */
type Instants = readonly [string, string]

export interface GroupCoverage {
  readonly group: string
  /** The live one's; null where nothing is live. */
  readonly version: number | null
  readonly everySeconds: number
  /** What should have run by now; null where nothing says. */
  readonly target: Instants | null
  readonly covered: readonly Instants[]
  /** Covered, and to run again. */
  readonly stale: readonly Instants[]
  readonly gaps: readonly Instants[]
}

export interface CoverageMap {
  readonly now: string
  /** From the first to the last instant of any group. */
  readonly span: Instants | null
  /** Those that are computed window by window. */
  readonly groups: readonly GroupCoverage[]
}

/** @throws FstoreError DATABASE_UNREACHABLE, MIGRATION_EDITED, MIGRATION_NEWER */
export async function coverageMap({ db, project, tenant }: BuildScope): Promise<CoverageMap> {
  const state = await readState({ db, project, tenant })
  const groups = project.groups.filter(({ sourceType }) => sourceType === 'batch').map((group) => ofGroup(group, state))
  const ends = groups.flatMap(({ target, covered }) => [...(target ?? []), ...covered.flat()]).map(toMicroseconds)
  const [first, last] = [least(ends), least(ends.map((end) => -end))]
  return {
    now: fromMicroseconds(state.now),
    span: first === undefined || last === undefined ? null : instants({ start: first, end: -last }),
    groups,
  }
}

function ofGroup(group: GroupSpec, { registry, coverage, now }: State): GroupCoverage {
  const live = liveOf(registry.get(group.name))
  const { covered = [], stale = [] } = coverage.get(`${group.name}@${live?.fingerprint}`) ?? {}
  const micro = (instant: string | undefined) => (instant === undefined ? undefined : toMicroseconds(instant))
  const whole = target({ start: micro(group.start), end: micro(group.end), every: group.every, now, covered })
  const kept = whole === undefined ? undefined : retained(whole, group, now)
  return {
    group: group.name,
    version: live?.version ?? null,
    everySeconds: group.every,
    target: kept === undefined ? null : instants(kept),
    covered: covered.map(instants),
    stale: (kept === undefined ? [] : intersect(intersect(covered, stale), [kept])).map(instants),
    gaps: (kept === undefined ? [] : subtract([kept], covered)).map(instants),
  }
}

function instants({ start, end }: Span): Instants {
  return [fromMicroseconds(start), fromMicroseconds(end)]
}

function least(values: readonly bigint[]): bigint | undefined {
  return values.reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined)
}
