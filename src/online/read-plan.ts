/** What a read needs, the same for every key: which rows, and where in them the features of the answer stand. */
import type { KeyTexts } from '../config/key.js'
import type { EntitySpec, Project, ServiceSpec } from '../config/project.js'
import { type FeatureReference, findGroup, resolveFeature } from '../config/reference.js'
import type { CatalogEntries, ReadableVersion } from '../registry/catalog.js'
import { builtFeatures, versionsOf } from '../registry/readable.js'
import type { Wanted } from './answer.js'
import { rowNaming } from './redis-keys.js'

export interface ReadPlan {
  readonly wanted: readonly Wanted[]
  readonly rows: readonly PlannedRow[]
}

interface PlannedRow {
  readonly version: ReadableVersion
  /** Which of the entities it is read of: 0 but in a vector, where it is the place of the pick. */
  readonly entity: number
  readonly pinned: boolean
  readonly nameOf: (key: KeyTexts) => string
}

/** A feature of the answer, and the entity it is read of. */
export interface Ask {
  readonly name: string
  readonly reference: FeatureReference
  readonly entity: number
}

/** What is asked for by name; `plan` finds where it is. */
export interface Question {
  readonly asks: readonly Ask[]
  /** All that is built of the entity, when no feature was named. */
  readonly all?: EntitySpec
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS */
export function askFeatures(project: Project, entity: EntitySpec, features: readonly string[] | undefined): Question {
  if (features !== undefined) return { asks: asksOf(features.map((name) => resolveFeature(project, name, entity))) }
  const groups = project.groups.filter((group) => group.entity.name === entity.name)
  const references = groups.flatMap((group) =>
    group.features.map(({ name }) => ({ group, feature: name, name: `${group.name}.${name}` })),
  )
  return { asks: asksOf(references), all: entity }
}

export function askVector(project: Project, service: ServiceSpec): Question {
  const asks = service.picks.flatMap(({ group, alias, features }, entity) =>
    features.map((feature): Ask => {
      const reference = { group: findGroup(project, group), feature, name: `${group}.${feature}` }
      return { name: `${alias}.${feature}`, reference, entity }
    }),
  )
  return { asks }
}

function asksOf(references: readonly FeatureReference[]): Ask[] {
  return references.map((reference) => ({ name: reference.name, reference, entity: 0 }))
}

/** @throws FstoreError NOT_BUILT */
export function planRead(options: {
  readonly project: Project
  readonly tenant: string
  readonly catalog: CatalogEntries
  readonly question: Question
}): ReadPlan {
  const { project, tenant, catalog, question } = options
  const { all } = question
  const asks = all === undefined ? question.asks : asksOf(builtFeatures(project, catalog, all))
  const references = asks.map(({ reference }) => reference)
  const versions = versionsOf(catalog, references)
  const rows: PlannedRow[] = []
  const wanted = asks.map(({ name, reference, entity }, i): Wanted => {
    const version = versions[i] as ReadableVersion
    const pinned = reference.version !== undefined
    let row = rows.findIndex((one) => one.version === version && one.entity === entity && one.pinned === pinned)
    if (row < 0) {
      const nameOf = rowNaming({ ...version, project: project.name, tenant })
      row = rows.push({ version, entity, pinned, nameOf }) - 1
    }
    const position = version.positions.get(reference.feature) as number
    const feature = version.features[position] as Wanted['feature']
    const { ttl } = reference.group
    return { name, feature, position, row, ...(ttl !== undefined && { ttl }) }
  })
  return { wanted, rows }
}
