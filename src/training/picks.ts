/** Which features a training set asks for, resolved to versions that are built. */
import type { PickSpec, Project } from '../config/project.js'
import { findGroup, resolveFeature } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import type { JoinedPick } from '../offline/point-in-time.js'
import type { CatalogEntries, ReadableVersion } from '../registry/catalog.js'

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
    const { group, feature, version: number } = resolveFeature(project, reference)
    const version = versionOf(catalog, group.name, number, [feature])
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
  return picks.map(({ group, alias, on, features }) => ({
    alias,
    on,
    features,
    version: versionOf(catalog, group, undefined, features),
    ttl: findGroup(project, group).ttl,
  }))
}

function identity(version: ReadableVersion): Record<string, string> {
  return Object.fromEntries(version.keys.map(({ name }) => [name, name]))
}

function versionOf(
  catalog: CatalogEntries,
  group: string,
  number: number | undefined,
  features: readonly string[],
): ReadableVersion {
  const entry = catalog.get(group)
  const found = number === undefined ? entry?.active : entry?.versions.find(({ version }) => version === number)
  if (found !== undefined && features.every((feature) => found.positions.has(feature))) return found
  const name = number === undefined ? group : `${group}@${number}`
  throw new FstoreError('NOT_BUILT', `Not built yet: ${features.map((feature) => `${name}.${feature}`).join(', ')}.`, {
    why: 'The config declares it, and no version with it has been built and promoted.',
    fix: `Run \`fstore build --select ${group}\`.`,
  })
}
