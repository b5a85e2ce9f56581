/** Which features a training set asks for, resolved to versions that are built, and to what is computed of them. */
import { createHash } from 'node:crypto'
import type { GroupSpec, OnDemandSpec, PickSpec, Project } from '../config/project.js'
import { type FeatureReference, findReadable, isOnDemand, resolveReadable } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { computationOf } from '../offline/computation.js'
import { compileOnDemand, requireAt } from '../offline/on-demand-sql.js'
import type { JoinedPick, OnDemandJoin } from '../offline/point-in-time.js'
import type { OnDemandSources } from '../online/on-demand.js'
import type { CatalogEntries, ReadableVersion } from '../registry/catalog.js'
import { versionsOf } from '../registry/readable.js'

/** A feature by name, or one of a group that is joined under another name by other columns of the spine. */
export type FeatureRequest =
  | string
  | {
      readonly feature: string
      /** The alias that heads its name. */
      readonly as: string
      /** By key of the group's entity, the spine column that holds it. */
      readonly keys: Readonly<Record<string, string>>
    }

export interface PickScope {
  readonly project: Project
  readonly catalog: CatalogEntries
  readonly onDemand?: Omit<OnDemandSources, 'db'> | undefined
  /** In place of what is live, such as what was when a manifest was written. */
  readonly versionOf?: ((group: GroupSpec) => Pick<JoinedPick, 'version' | 'asOf'>) | undefined
}

/** Some features of one group, of one version where one is named. */
export interface AskedPick extends Omit<PickSpec, 'group'> {
  readonly group: GroupSpec | OnDemandSpec
  readonly pinned?: number | undefined
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, NOT_BUILT */
export async function picksOf(scope: PickScope, requests: readonly FeatureRequest[]): Promise<JoinedPick[]> {
  const picks = new Map<string, AskedPick>()
  for (const request of requests) {
    const { feature: reference, as, keys } = typeof request === 'string' ? { feature: request } : request
    const resolved = resolveReadable(scope.project, reference)
    const { group, feature } = resolved
    const pinned = isOnDemand(resolved) ? undefined : resolved.version
    const alias = as ?? group.name
    const on = { ...identity(group), ...keys }
    const extra = Object.keys(on).find((key) => !group.entity.keys.some(({ name }) => name === key))
    if (extra !== undefined)
      throw new FstoreError('KEY_INVALID', `${group.entity.name} has no key "${extra}".`, {
        fix: `Its keys are ${group.entity.keys.map(({ name }) => name).join(', ')}.`,
      })
    // One join for all features that are looked up the same way.
    const id = JSON.stringify([alias, group.name, pinned, on])
    const before = picks.get(id)
    const features = [...(before?.features ?? []), feature]
    picks.set(id, { alias, group, on, pinned, features })
  }
  return joinedPicks(scope, [...picks.values()])
}

/** The picks of a service. @throws FstoreError NOT_BUILT */
export async function picksOfService(scope: PickScope, picks: readonly PickSpec[]): Promise<JoinedPick[]> {
  return joinedPicks(
    scope,
    picks.map((pick) => ({ ...pick, group: findReadable(scope.project, pick.group) })),
  )
}

function identity({ entity }: GroupSpec | OnDemandSpec): Record<string, string> {
  return Object.fromEntries(entity.keys.map(({ name }) => [name, name]))
}

interface Draft extends JoinedPick {
  readonly group: GroupSpec | OnDemandSpec
  readonly inputs: string[]
  onDemand?: OnDemandJoin
}

/**
 * The picks asked for, in their order, and behind them what their on-demand groups are computed of, as far as it is not
 * among them.
 *
 * @throws FstoreError NOT_BUILT, SQL_INVALID for SQL that cannot tell of the past
 */
export async function joinedPicks(scope: PickScope, picks: readonly AskedPick[]): Promise<JoinedPick[]> {
  const drafts = picks.map((pick) => draftOf(scope, pick))
  if (!drafts.some(({ group }) => group.sourceType === 'on_demand')) return drafts.map(finished)
  for (const draft of [...drafts]) await complete(scope, drafts, draft)
  return drafts.map(finished)
}

/** @param needed features that its version must have */
function draftOf(scope: PickScope, pick: AskedPick, needed = pick.features): Draft {
  const { group, alias, on, features, pinned } = pick
  const shared = { alias, on, features, group, inputs: [] }
  if (group.sourceType === 'on_demand') return { ...shared, version: declaredVersion(group) }
  return { ...shared, ...versionFor(scope, group, needed, pinned), ttl: group.ttl }
}

function versionFor(
  { catalog, versionOf }: PickScope,
  group: GroupSpec,
  features: readonly string[],
  version?: number | undefined,
): Pick<JoinedPick, 'version' | 'asOf'> {
  if (versionOf !== undefined) return versionOf(group)
  const pinned = version === undefined ? {} : { version }
  const name = (feature: string) => `${group.name}.${feature}${version === undefined ? '' : `@${version}`}`
  const asked = features.map((feature): FeatureReference => ({ group, feature, ...pinned, name: name(feature) }))
  const [found] = versionsOf(catalog, asked) as [ReadableVersion]
  return { version: found }
}

/** What an on-demand group is in place of a version: as it is declared. */
function declaredVersion(group: OnDemandSpec): ReadableVersion {
  const { name, entity, version, features, inputs, request, sql } = group
  const meaning = JSON.stringify([name, entity.keys, version, features, inputs, request, sql])
  return {
    group: name,
    entity: entity.name,
    version,
    fingerprint: createHash('sha256').update(meaning).digest('hex').slice(0, 12),
    keys: entity.keys,
    features: features.map(({ sql: _, ...feature }) => feature),
    positions: new Map(features.map((feature, i) => [feature.name, i])),
  }
}

function finished({ group: _, inputs, ...pick }: Draft): JoinedPick {
  return inputs.length === 0 ? pick : { ...pick, inputs }
}

/** Finds what an on-demand pick is computed by, and adds what that takes. @returns how deep its functions stand */
async function complete(scope: PickScope, drafts: Draft[], draft: Draft): Promise<number> {
  const { group, onDemand } = draft
  if (group.sourceType !== 'on_demand') return 0
  if (onDemand !== undefined) return 'depth' in onDemand ? onDemand.depth : 0
  if (group.sql !== undefined) {
    const { root = process.cwd(), files } = scope.onDemand ?? {}
    const select = await compileOnDemand({ project: scope.project, root, files }, group)
    requireAt(select)
    draft.onDemand = { select, catalog: scope.catalog }
    return 0
  }
  const inputs: { name: string; pick: number; feature: string }[] = []
  let depth = 0
  for (const input of group.inputs) {
    const source = sourceOf(scope, drafts, draft, input)
    depth = Math.max(depth, await complete(scope, drafts, source))
    for (const feature of input.features) {
      if (!source.features.includes(feature) && !source.inputs.includes(feature)) source.inputs.push(feature)
      inputs.push({ name: `${input.alias}.${feature}`, pick: drafts.indexOf(source), feature })
    }
  }
  const functions = (await scope.onDemand?.functions?.()) ?? new Map()
  draft.onDemand = { computation: computationOf(group, functions), inputs, depth: depth + 1 }
  return depth + 1
}

/** The pick that is joined by the same columns already, or one more, which is not printed. */
function sourceOf(scope: PickScope, drafts: Draft[], owner: Draft, input: PickSpec): Draft {
  const group = findReadable(scope.project, input.group)
  const on = Object.fromEntries(
    group.entity.keys.map(({ name }) => [name, owner.on[input.on[name] as string] as string]),
  )
  const added = draftOf(scope, { group, alias: `${owner.alias}.${input.alias}`, on, features: [] }, input.features)
  const isSame = ({ group: other, version, on: columns }: Draft) =>
    other === group &&
    version.version === added.version.version &&
    group.entity.keys.every(({ name }) => columns[name] === on[name])
  const found = drafts.find(isSame)
  if (found === undefined) drafts.push(added)
  return found ?? added
}
