/** Every feature of one entity, group by group: that one group has nothing to give keeps nobody from the others. */
import type { FeatureValue } from '../config/inference.js'
import { keyTexts } from '../config/key.js'
import type { GroupSpec, OnDemandSpec, Project } from '../config/project.js'
import { findEntity } from '../config/reference.js'
import { requestOf } from '../config/request-fields.js'
import { FstoreError } from '../errors.js'
import type { CatalogEntries } from '../registry/catalog.js'
import type { Reader } from './reader.js'

export interface GroupValues {
  readonly group: GroupSpec | OnDemandSpec
  /** The live one's; of an on-demand group the declared one. */
  readonly version: number | null
  /** Why it has none. */
  readonly problem: string | null
  /** By name of the feature; those that the live version has not are left out. */
  readonly values: ReadonlyMap<string, FeatureValue<unknown>>
}

/** @throws FstoreError NAME_UNKNOWN, KEY_INVALID, DATABASE_UNREACHABLE */
export async function entityValues(
  {
    project,
    reader,
    catalog,
  }: { readonly project: Project; readonly reader: Reader; readonly catalog: CatalogEntries },
  { entity: name, key }: { readonly entity: string; readonly key: unknown },
): Promise<GroupValues[]> {
  const entity = findEntity(project, name)
  // What is no key of the entity is refused even where nothing is built.
  keyTexts(entity, key)
  const isOwn = (group: GroupSpec | OnDemandSpec) => group.entity.name === entity.name
  const read = async (features: readonly string[]) => {
    if (features.length === 0) return {}
    const [answer] = await reader.readFeatures({ entity: name, keys: [key], features })
    return (answer?.features ?? {}) as Record<string, FeatureValue<unknown>>
  }
  const groups = project.groups.filter(isOwn)
  const built = groups.flatMap((group) => namesOf(group, catalog))
  const stored = await read(built)
  const found = groups.map((group): GroupValues => {
    const version = catalog.get(group.name)?.active?.version ?? null
    const problem = version === null ? `${group.name} was never built.` : null
    return { group, version, problem, values: valuesOf(group, stored) }
  })
  for (const group of project.onDemand.filter(isOwn)) found.push(await computed(project, group, read))
  return found
}

/** `group.feature` of all that the live version has. */
function namesOf({ name, features }: GroupSpec, catalog: CatalogEntries): string[] {
  const live = catalog.get(name)?.active
  return features.flatMap((feature) => (live?.positions.has(feature.name) ? [`${name}.${feature.name}`] : []))
}

async function computed(
  project: Project,
  group: OnDemandSpec,
  read: (features: readonly string[]) => Promise<Record<string, FeatureValue<unknown>>>,
): Promise<GroupValues> {
  const { name, version, features } = group
  const wanted = requestOf(project, group)
  const none = { group, version, values: new Map() }
  if (wanted.length > 0) return { ...none, problem: `It is computed with what a request gives: ${wanted.join(', ')}.` }
  try {
    const values = valuesOf(group, await read(features.map((feature) => `${name}.${feature.name}`)))
    return { group, version, problem: null, values }
  } catch (error) {
    if (error instanceof FstoreError && error.code !== 'DATABASE_UNREACHABLE')
      return { ...none, problem: error.message }
    throw error
  }
}

function valuesOf({ name, features }: GroupSpec | OnDemandSpec, all: Record<string, FeatureValue<unknown>>) {
  return new Map(
    features.flatMap((feature) => {
      const value = all[`${name}.${feature.name}`]
      return value === undefined ? [] : [[feature.name, value] as const]
    }),
  )
}
