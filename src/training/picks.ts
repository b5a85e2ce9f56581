/** Which features a training set asks for, resolved to versions that are built. */
import type { PickSpec, Project } from '../config/project.js'
import { findGroup, resolveFeature } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import type { JoinedPick } from '../offline/point-in-time.js'
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

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, NOT_BUILT */
export function picksOf(project: Project, requests: readonly FeatureRequest[], catalog: CatalogEntries): JoinedPick[] {
  const picks = new Map<string, JoinedPick>()
  for (const request of requests) {
    const { feature: reference, as, keys } = typeof request === 'string' ? { feature: request } : request
    const resolved = resolveFeature(project, reference)
    const { group, feature } = resolved
    const [version] = versionsOf(catalog, [resolved]) as [ReadableVersion]
    const alias = as ?? group.name
    const on = { ...identity(version), ...keys }
    const extra = Object.keys(on).find((key) => !version.keys.some(({ name }) => name === key))
    if (extra !== undefined)
      throw new FstoreError('KEY_INVALID', `${group.entity.name} has no key "${extra}".`, {
        fix: `Its keys are ${version.keys.map(({ name }) => name).join(', ')}.`,
      })
    // One join for all features that are looked up the same way.
    const id = JSON.stringify([alias, version.fingerprint, on])
    const before = picks.get(id)
    const features = [...(before?.features ?? []), feature]
    picks.set(id, { alias, version, on, ttl: group.ttl, features })
  }
  return [...picks.values()]
}

/** The picks of a service. @throws FstoreError NOT_BUILT */
export function picksOfService(project: Project, picks: readonly PickSpec[], catalog: CatalogEntries): JoinedPick[] {
  return picks.map(({ group: name, alias, on, features }) => {
    const group = findGroup(project, name)
    const asked = features.map((feature) => ({ group, feature, name: `${name}.${feature}` }))
    const [version] = versionsOf(catalog, asked) as [ReadableVersion]
    return { alias, on, features, version, ttl: group.ttl }
  })
}

function identity(version: ReadableVersion): Record<string, string> {
  return Object.fromEntries(version.keys.map(({ name }) => [name, name]))
}
