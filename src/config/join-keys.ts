/** The keys of all entities that a service's vector is read of, under the names its picks give them. */
import { type KeyTexts, keyTexts } from './key.js'
import type { EntityKey, Project, ServiceSpec } from './project.js'
import { findReadable } from './reference.js'

/** In the order of the picks: keys of a vector, columns of a spine. */
export function joinKeysOf(project: Project, service: ServiceSpec): EntityKey[] {
  const all = service.picks.flatMap(({ group, on }) =>
    findReadable(project, group).entity.keys.map((key) => ({ name: on[key.name] as string, type: key.type })),
  )
  return [...new Map(all.map((key) => [key.name, key])).values()]
}

/**
 * For each pick the texts of its entity's keys.
 *
 * @param keys an object with a value for each join key
 * @throws FstoreError KEY_INVALID: a join key missing, extra, or of another type
 */
export function joinKeyTexts(project: Project, service: ServiceSpec, keys: unknown): KeyTexts[] {
  const joinKeys = joinKeysOf(project, service)
  const texts = keyTexts({ name: service.name, keys: joinKeys }, keys)
  const byName = new Map(joinKeys.map(({ name }, i) => [name, texts[i] as string]))
  return service.picks.map(({ group, on }) =>
    findReadable(project, group).entity.keys.map((key) => byName.get(on[key.name] as string) as string),
  )
}
