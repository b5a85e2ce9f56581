/** What a group means, apart from how it is described, and the fingerprint taken over it. */
import { createHash } from 'node:crypto'
import type { EntityKey, EventSpec, FeatureSpec, GroupSpec, RulesSpec } from '../config/project.js'

export interface FeatureSnapshot {
  readonly name: string
  readonly dataType: FeatureSpec['dataType']
  readonly as?: NonNullable<FeatureSpec['as']>
  readonly element?: NonNullable<FeatureSpec['element']>
  readonly dimension?: number
  readonly rules: RulesSpec
  /** As the author wrote it. */
  readonly sql?: string
}

export interface Dependency {
  readonly group: string
  readonly fingerprint: string
}

/** Kept with every version, so that a reader needs no config and a later change can be told from it. */
export interface Snapshot {
  readonly sourceType: GroupSpec['sourceType']
  readonly entity: { readonly name: string; readonly keys: readonly EntityKey[] }
  readonly features: readonly FeatureSnapshot[]
  readonly sql?: string
  readonly revision?: number
  /** Of a group that events feed: which of them changes what, and how. */
  readonly events?: EventSpec
  /** Seconds. */
  readonly every: number
  readonly partition: GroupSpec['partition']
  readonly dependsOn: readonly Dependency[]
}

export interface Definition {
  readonly group: GroupSpec
  readonly snapshot: Snapshot
  /** 12 hex digits. */
  readonly fingerprint: string
}

/** The SQL of a group: as written, and reduced to its meaning. `''` names the group's own SELECT, else a feature. */
export type SqlByOwner = ReadonlyMap<string, { readonly text: string; readonly canonical: string }>

export function define(group: GroupSpec, sql: SqlByOwner, dependsOn: readonly Dependency[]): Definition {
  const snapshot = snapshotOf(group, dependsOn, (owner) => sql.get(owner)?.text)
  const meaning = snapshotOf(group, dependsOn, (owner) => sql.get(owner)?.canonical)
  return Object.freeze({ group, snapshot, fingerprint: fingerprint(meaning) })
}

function snapshotOf(
  group: GroupSpec,
  dependsOn: readonly Dependency[],
  sqlOf: (owner: string) => string | undefined,
): Snapshot {
  const own = sqlOf('')
  return {
    sourceType: group.sourceType,
    entity: { name: group.entity.name, keys: group.entity.keys },
    features: group.features.map((feature) => featureSnapshot(feature, sqlOf(feature.name))),
    ...(own !== undefined && { sql: own }),
    ...(group.revision !== undefined && { revision: group.revision }),
    ...(group.events !== undefined && { events: group.events }),
    every: group.every,
    partition: group.partition,
    dependsOn: [...dependsOn].sort((a, b) => (a.group < b.group ? -1 : 1)),
  }
}

function featureSnapshot(feature: FeatureSpec, sql: string | undefined): FeatureSnapshot {
  const { name, dataType, as, element, dimension, rules } = feature
  return {
    name,
    dataType,
    ...(as !== undefined && { as }),
    ...(element !== undefined && { element }),
    ...(dimension !== undefined && { dimension }),
    rules,
    ...(sql !== undefined && { sql }),
  }
}

/** The order of features does not matter to a reader, so it does not matter here. */
function fingerprint(meaning: Snapshot): string {
  const features = [...meaning.features].sort((a, b) => (a.name < b.name ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify(sortKeys({ ...meaning, features })))
    .digest('hex')
    .slice(0, 12)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]))
}
