/** What changed between two versions of a group, in words and as data. */
import { isDeepStrictEqual } from 'node:util'
import type { FeatureSnapshot, Snapshot } from './definition.js'

export interface Change {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Features whose type, rules or own SQL changed. */
  readonly changed: readonly string[]
  /** What changed of the group as a whole: `sql`, `keys`, `every`, `partition`, `events`, `version: 2`, `reads …`, `no longer reads …`. */
  readonly group: readonly string[]
}

export function diff(before: Snapshot, after: Snapshot): Change {
  const old = new Map(before.features.map((feature) => [feature.name, feature]))
  const now = new Map(after.features.map((feature) => [feature.name, feature]))
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed: [...now].filter(([name, feature]) => differs(old.get(name), feature)).map(([name]) => name),
    group: groupChanges(before, after),
  }
}

/** Whatever the order of an object's keys: what comes from the database has another one. */
function differs(before: FeatureSnapshot | undefined, after: FeatureSnapshot): boolean {
  return before !== undefined && !isDeepStrictEqual(before, after)
}

function groupChanges(before: Snapshot, after: Snapshot): string[] {
  const changes: string[] = []
  if (before.sourceType !== after.sourceType) changes.push(`${before.sourceType} to ${after.sourceType}`)
  if (before.revision !== after.revision && after.revision !== undefined) changes.push(`version: ${after.revision}`)
  if (!isDeepStrictEqual(before.events, after.events)) changes.push('events')
  if (before.sql !== after.sql) changes.push('sql')
  if (!isDeepStrictEqual(before.entity, after.entity)) changes.push('keys')
  if (before.every !== after.every) changes.push('every')
  if (before.partition !== after.partition) changes.push('partition')
  const read = new Map(before.dependsOn.map(({ group, fingerprint }) => [group, fingerprint]))
  for (const { group, fingerprint } of after.dependsOn)
    if (read.get(group) !== fingerprint) changes.push(`reads ${group}`)
  for (const group of read.keys())
    if (!after.dependsOn.some((dependency) => dependency.group === group)) changes.push(`no longer reads ${group}`)
  return changes
}

/** One line, such as `sql; + late_share; - delay`. */
export function summarize(change: Change): string {
  const parts = [
    ...change.group,
    ...change.added.map((name) => `+ ${name}`),
    ...change.removed.map((name) => `- ${name}`),
    ...change.changed.map((name) => `~ ${name}`),
  ]
  return parts.join('; ')
}
