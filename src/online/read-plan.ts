/** What a read needs, the same for every key: which rows, and where in them the features of the answer stand. */
import type { KeyTexts } from '../config/key.js'
import type { EntitySpec, Project, ServiceSpec } from '../config/project.js'
import {
  type FeatureReference,
  findReadable,
  isOnDemand,
  type ReadableReference,
  resolveReadable,
} from '../config/reference.js'
import { requestOf } from '../config/request-fields.js'
import type { CatalogEntries, ReadableVersion } from '../registry/catalog.js'
import { findVersion, notBuilt, versionsOf } from '../registry/readable.js'
import type { Wanted } from './answer.js'
import { expand, type KeyAt, type OnDemandPlan, type Wish } from './on-demand-plan.js'
import { rowNaming } from './redis-keys.js'

export interface ReadPlan {
  readonly wanted: readonly Wanted[]
  readonly rows: readonly PlannedRow[]
  /** Absent where nothing has to be computed: then `wanted` is the answer. */
  readonly onDemand?: OnDemandPlan
}

interface PlannedRow extends KeyAt {
  readonly version: ReadableVersion
  readonly pinned: boolean
  readonly nameOf: (key: KeyTexts) => string
}

/** What is asked for by name; `planRead` finds where it is. */
export interface Question {
  /** `entity` is 0 but in a vector, where it is the place of the pick. */
  readonly wishes: readonly Wish[]
  /** Stored features that it takes. */
  readonly references: readonly FeatureReference[]
  /** All that is built of the entity, when no feature was named. */
  readonly all?: EntitySpec
}

/**
 * @param given names of the request data that the caller gives: of all features, those that need more are left out
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS
 */
export function askFeatures(
  project: Project,
  entity: EntitySpec,
  features: readonly string[] | undefined,
  given: readonly string[] = [],
): Question {
  if (features !== undefined)
    return questionOf(project, wishesOf(features.map((name) => resolveReadable(project, name, entity))))
  const computable = project.onDemand.filter((group) => requestOf(project, group).every((name) => given.includes(name)))
  const groups = [...project.groups, ...computable].filter((group) => group.entity.name === entity.name)
  const references = groups.flatMap((group) =>
    group.features.map(({ name }) => ({ group, feature: name, name: `${group.name}.${name}` }) as ReadableReference),
  )
  return { ...questionOf(project, wishesOf(references)), all: entity }
}

export function askVector(project: Project, service: ServiceSpec): Question {
  const wishes = service.picks.flatMap(({ group: name, alias, features }, entity) => {
    const group = findReadable(project, name)
    return features.map((feature): Wish => {
      const reference = { group, feature, name: `${name}.${feature}` } as ReadableReference
      return { name: `${alias}.${feature}`, reference, entity }
    })
  })
  return questionOf(project, wishes)
}

function questionOf(project: Project, wishes: readonly Wish[]): Question {
  return { wishes, references: expand(project, wishes).asks.map(({ reference }) => reference) }
}

function wishesOf(references: readonly ReadableReference[]): Wish[] {
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
  const wishes = question.all === undefined ? question.wishes : builtWishes(project, catalog, question.wishes)
  const { asks, onDemand } = expand(project, wishes)
  const versions = versionsOf(
    catalog,
    asks.map(({ reference }) => reference),
  )
  const rows: PlannedRow[] = []
  const wanted = asks.map(({ name, reference, entity, take }, i): Wanted => {
    const version = versions[i] as ReadableVersion
    const pinned = reference.version !== undefined
    const isHere = (one: KeyAt) => one.entity === entity && String(one.take) === String(take)
    let row = rows.findIndex((one) => one.version === version && one.pinned === pinned && isHere(one))
    if (row < 0) {
      const nameOf = rowNaming({ ...version, project: project.name, tenant })
      row = rows.push({ version, entity, pinned, nameOf, ...(take !== undefined && { take }) }) - 1
    }
    const position = version.positions.get(reference.feature) as number
    const feature = version.features[position] as Wanted['feature']
    const { ttl } = reference.group
    return { name, feature, position, row, ...(ttl !== undefined && { ttl }) }
  })
  return { wanted, rows, ...(onDemand !== undefined && { onDemand }) }
}

/** Those that can be answered. @throws FstoreError NOT_BUILT where none can be */
function builtWishes(project: Project, catalog: CatalogEntries, wishes: readonly Wish[]): readonly Wish[] {
  const isBuilt = (wish: Wish) =>
    isOnDemand(wish.reference)
      ? expand(project, [wish]).asks.every(({ reference }) => findVersion(catalog, reference) !== undefined)
      : findVersion(catalog, wish.reference) !== undefined
  const built = wishes.filter(isBuilt)
  if (built.length > 0 || wishes.length === 0) return built
  throw notBuilt(expand(project, wishes).asks.map(({ reference }) => reference))
}
