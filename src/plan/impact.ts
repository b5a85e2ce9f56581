/** What a change of a group means to whoever reads it. Pure, over two snapshots. */
import { isDeepStrictEqual } from 'node:util'
import { formatDuration } from '../config/duration.js'
import type { FeatureSnapshot, Snapshot } from '../registry/definition.js'
import { meaningOf, onlyAddsColumns } from '../transform/select-list.js'

/**
 * `additive`: what could be read before can be read after, with the same values. `breaking`: something is gone, has
 * another type, or may have other values.
 */
export type ImpactKind = 'additive' | 'breaking'

/** What a change means to those who read the group. */
export interface Impact {
  readonly kind: ImpactKind
  /** In words, the breaking ones first. */
  readonly reasons: readonly string[]
  /** Nothing of its own changed: only a group that it reads. */
  readonly affected: boolean
}

/**
 * @param before what readers see now; undefined where nothing was ever live
 * @param upstream by group, what the change of the groups that this one reads means; breaking where it is not known
 */
export function impactOf(
  before: Snapshot | undefined,
  after: Snapshot,
  upstream: ReadonlyMap<string, ImpactKind> = new Map(),
): Impact {
  if (before === undefined) return { kind: 'additive', reasons: ['a new group'], affected: false }
  const added = addedTo(before, after)
  const own = ownBreaks(before, after, added)
  const read = readBreaks(before, after)
  const breaks = [...own, ...read.filter((group) => upstream.get(group) !== 'additive').map(readReason)]
  const additions = [
    ...(added.length > 0 ? [`adds ${added.join(', ')}`] : []),
    ...read.filter((group) => upstream.get(group) === 'additive').map(readReason),
    ...(before.partition === after.partition ? [] : [`is partitioned by ${after.partition}`]),
  ]
  const affected = own.length === 0 && added.length === 0 && before.partition === after.partition && read.length > 0
  const known = breaks.length + additions.length > 0 || isDeepStrictEqual(before, after)
  // A fingerprint that changed for a reason this does not know is no addition.
  const reasons = known ? [...breaks, ...additions] : ['its meaning changes']
  return { kind: breaks.length > 0 || !known ? 'breaking' : 'additive', reasons, affected }
}

function readReason(group: string): string {
  return `it reads ${group}, which changes`
}

function addedTo(before: Snapshot, after: Snapshot): string[] {
  return after.features.map(({ name }) => name).filter((name) => !before.features.some((old) => old.name === name))
}

function ownBreaks(before: Snapshot, after: Snapshot, added: readonly string[]): string[] {
  const gone = before.features.filter(({ name }) => !after.features.some((now) => now.name === name))
  return [
    ...(before.sourceType === after.sourceType ? [] : [`becomes ${after.sourceType}`]),
    ...(before.revision === after.revision || after.revision === undefined
      ? []
      : [`its author has raised its version to ${after.revision}, so values may mean something else`]),
    ...eventBreaks(before, after, added),
    ...(gone.length > 0 ? [`removes ${gone.map(({ name }) => name).join(', ')}`] : []),
    ...(isDeepStrictEqual(before.entity, after.entity) ? [] : ['its keys change']),
    ...after.features.flatMap((now) =>
      featureBreaks(
        before.features.find(({ name }) => name === now.name),
        now,
      ),
    ),
    ...(before.every === after.every
      ? []
      : [`its windows change from ${formatDuration(before.every)} to ${formatDuration(after.every)}`]),
    ...(sqlKeeps(before.sql, after.sql, added) ? [] : ['its SQL changes, so values may change']),
  ]
}

/** Other events, or other reducers, for features that were there. */
function eventBreaks({ events: before }: Snapshot, { events: after }: Snapshot, added: readonly string[]): string[] {
  if (before === undefined || after === undefined)
    return before === after ? [] : [after === undefined ? 'is no longer fed by events' : 'is fed by events from now on']
  const types = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = types.filter((type) => {
    const own = Object.entries(after[type] ?? {}).filter(([name]) => !added.includes(name))
    return !isDeepStrictEqual(new Map(Object.entries(before[type] ?? {})), new Map(own))
  })
  return changed.map((type) => `what ${type} changes is another, so values may mean something else`)
}

function featureBreaks(before: FeatureSnapshot | undefined, after: FeatureSnapshot): string[] {
  if (before === undefined) return []
  const [old, now] = [typeText(before), typeText(after)]
  if (old !== now) return [`${after.name} changes from ${old} to ${now}`]
  return [
    ...(isDeepStrictEqual(before.rules, after.rules)
      ? []
      : [`the rules of ${after.name} change, so other rows may be rejected`]),
    ...(sqlKeeps(before.sql, after.sql, []) ? [] : [`the SQL of ${after.name} changes, so its values may change`]),
  ]
}

function sqlKeeps(before: string | undefined, after: string | undefined, added: readonly string[]): boolean {
  if (before === undefined || after === undefined) return before === after
  return isDeepStrictEqual(meaningOf(before), meaningOf(after)) || onlyAddsColumns(before, after, added)
}

/** Groups read before and after, in another version. */
function readBreaks(before: Snapshot, after: Snapshot): string[] {
  return after.dependsOn
    .filter(({ group, fingerprint }) =>
      before.dependsOn.some((old) => old.group === group && old.fingerprint !== fingerprint),
    )
    .map(({ group }) => group)
}

/** `int64`, `array of string`, `embedding(3)`, `int64 as bigint`. */
export function typeText({ dataType, as, element, dimension }: FeatureSnapshot): string {
  const of = element === undefined ? '' : ` of ${element}`
  const size = dimension === undefined ? '' : `(${dimension})`
  return `${dataType}${of}${size}${as === undefined ? '' : ` as ${as}`}`
}
