/** A state of the database, as a plan sees it, made by hand. */
import { toMicroseconds } from '../../src/config/instant.js'
import type { CompiledGroup } from '../../src/offline/compile.js'
import { type Plan, type PlanOptions, planBuild, type Step } from '../../src/plan/build.js'
import type { State } from '../../src/plan/state.js'
import type { CoveredSpan } from '../../src/registry/coverage.js'
import { metadataOf, type RegisteredGroup } from '../../src/registry/repository.js'

export const now = '2026-03-10T05:30:00Z'

type Spans = readonly (readonly [string, string])[]
const spansOf = (spans: Spans): CoveredSpan[] =>
  spans.map(([start, end]) => ({ start: toMicroseconds(start), end: toMicroseconds(end) }))

/** One that was built: `versions` oldest first, the last of them live unless told. */
export function registered(
  versions: readonly CompiledGroup[],
  options: Partial<RegisteredGroup> = {},
): RegisteredGroup {
  const last = versions.at(-1) as CompiledGroup
  return {
    name: last.group.name,
    status: last.group.status,
    activeFingerprint: last.definition.fingerprint,
    declaredVersion: versions.length,
    epoch: versions.length,
    metadata: metadataOf(last.group),
    versions: versions.map(({ definition: { fingerprint, snapshot } }, i) => ({
      version: i + 1,
      fingerprint,
      snapshot,
      changeSummary: 'first version',
    })),
    ...options,
  }
}

export function covering(compiled: CompiledGroup, covered: Spans, stale: Spans = []) {
  const { fingerprint } = compiled.definition
  return { fingerprint, group: compiled.group.name, covered: spansOf(covered), stale: spansOf(stale) }
}

export function state(
  groups: readonly RegisteredGroup[] = [],
  coverage: readonly ReturnType<typeof covering>[] = [],
  pendingMigrations: readonly string[] = [],
): State {
  return {
    pendingMigrations,
    registry: new Map(groups.map((group) => [group.name, group])),
    coverage: new Map(coverage.map(({ group, ...spans }) => [`${group}@${spans.fingerprint}`, spans])),
    now: toMicroseconds(now),
  }
}

export function plan(groups: readonly CompiledGroup[], options: Partial<PlanOptions> = {}): Plan {
  return planBuild({ project: 'demo', tenant: 'default', groups, state: state(), ...options })
}

export function steps<K extends Step['kind']>({ steps }: Plan, kind: K): Extract<Step, { kind: K }>[] {
  return steps.filter((step): step is Extract<Step, { kind: K }> => step.kind === kind)
}
