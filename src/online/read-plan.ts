/** What a read needs, the same for every key: which rows, and where in them the features of the answer stand. */
import type { EntitySpec, Project, ServiceSpec } from '../config/project.js'
import { type FeatureReference, findGroup, resolveFeature } from '../config/reference.js'
import type { CatalogEntries, ReadableVersion } from '../registry/catalog.js'
import { builtFeatures, versionsOf } from '../registry/readable.js'
import type { Wanted } from './tiered.js'

export interface ReadPlan {
  readonly wanted: readonly Wanted[]
  readonly rows: readonly PlannedRow[]
}

interface PlannedRow {
  readonly version: ReadableVersion
  /** Which of the entities it is read of: 0 but in a vector, where it is the place of the pick. */
  readonly entity: number
}

/** A feature of the answer, and the entity it is read of. */
interface Ask {
  readonly name: string
  readonly reference: FeatureReference
  readonly entity: number
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, NOT_BUILT */
export function planFeatures(options: {
  readonly project: Project
  readonly catalog: CatalogEntries
  readonly entity: EntitySpec
  /** All that are built when absent. */
  readonly features?: readonly string[] | undefined
}): ReadPlan {
  const { project, catalog, entity, features } = options
  const references =
    features?.map((name) => resolveFeature(project, name, entity)) ?? builtFeatures(project, catalog, entity)
  return plan(
    catalog,
    references.map((reference) => ({ name: reference.name, reference, entity: 0 })),
  )
}

/** @throws FstoreError NOT_BUILT */
export function planVector(options: {
  readonly project: Project
  readonly catalog: CatalogEntries
  readonly service: ServiceSpec
}): ReadPlan {
  const { project, catalog, service } = options
  const asks = service.picks.flatMap(({ group, alias, features }, entity) =>
    features.map((feature): Ask => {
      const reference = { group: findGroup(project, group), feature, name: `${group}.${feature}` }
      return { name: `${alias}.${feature}`, reference, entity }
    }),
  )
  return plan(catalog, asks)
}

function plan(catalog: CatalogEntries, asks: readonly Ask[]): ReadPlan {
  const versions = versionsOf(
    catalog,
    asks.map(({ reference }) => reference),
  )
  const rows: PlannedRow[] = []
  const wanted = asks.map(({ name, reference, entity }, i): Wanted => {
    const version = versions[i] as ReadableVersion
    let row = rows.findIndex((one) => one.version === version && one.entity === entity)
    if (row < 0) row = rows.push({ version, entity }) - 1
    const position = version.positions.get(reference.feature) as number
    const feature = version.features[position] as Wanted['feature']
    const { ttl } = reference.group
    return { name, feature, position, row, ...(ttl !== undefined && { ttl }) }
  })
  return { wanted, rows }
}
