/** What an agent may read of a project: its entities with their features, and its services, cut to an allow-list. */
import { didYouMean } from '../config/did-you-mean.js'
import { joinKeysOf } from '../config/join-keys.js'
import type {
  EntityKey,
  EntitySpec,
  FeatureSpec,
  GroupSpec,
  OnDemandSpec,
  Project,
  ServiceSpec,
} from '../config/project.js'
import { entitiesOf, findEntity, findService, resolveReadable } from '../config/reference.js'
import { requestFields } from '../config/request-fields.js'
import { FstoreError } from '../errors.js'

export interface AllowList {
  /** Only these entities; all when absent. */
  readonly entities?: readonly string[] | undefined
  /** Only these features: `group.feature`, or `feature` where only one group has it; all when absent. */
  readonly features?: readonly string[] | undefined
  /** Only these services; when absent, those of which every feature is allowed. */
  readonly services?: readonly string[] | undefined
}

export interface OfferedFeature {
  /** `group.feature` */
  readonly name: string
  readonly group: GroupSpec | OnDemandSpec
  readonly feature: FeatureSpec
}

export interface OfferedEntity {
  readonly name: string
  readonly entity: EntitySpec
  readonly features: readonly OfferedFeature[]
  /** Nothing of the entity is held back. */
  readonly isWhole: boolean
}

export interface OfferedService {
  readonly name: string
  readonly service: ServiceSpec
  readonly keys: readonly EntityKey[]
}

export interface Offer {
  readonly project: Project
  readonly entities: readonly OfferedEntity[]
  readonly services: readonly OfferedService[]
  /** What on-demand features of it are computed with besides. */
  readonly request: readonly FeatureSpec[]
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS: the allow-list names what the project does not have */
export function offerOf(project: Project, allow: AllowList = {}): Offer {
  const entities = allow.entities?.map((name) => findEntity(project, name)) ?? entitiesOf(project)
  const features = allow.features?.map((name) => resolveReadable(project, name).name)
  const offered = entities.map((entity) => offeredEntity(project, entity, features && new Set(features)))
  const isOffered = allowed(offered)
  const services = allow.services?.map((name) => findService(project, name)) ?? project.services.filter(isOffered)
  const groups = offered.flatMap((entity) => entity.features.map(({ group }) => ({ group: group.name })))
  const fields = requestFields(project, [...groups, ...services.flatMap(({ picks }) => picks)])
  return {
    project,
    entities: offered.filter((entity) => entity.features.length > 0),
    services: services.map((service) => ({ name: service.name, service, keys: joinKeysOf(project, service) })),
    request: [...fields.values()].map(({ field }) => field),
  }
}

function offeredEntity(project: Project, entity: EntitySpec, only: ReadonlySet<string> | undefined): OfferedEntity {
  const all = [...project.groups, ...project.onDemand]
    .filter((group) => group.entity.name === entity.name)
    .flatMap((group) => group.features.map((feature) => ({ name: `${group.name}.${feature.name}`, group, feature })))
  const features = all
    .filter(({ group, feature }) => group.status !== 'archived' && feature.status !== 'archived')
    .filter(({ name }) => only?.has(name) ?? true)
  return { name: entity.name, entity, features, isWhole: only === undefined }
}

function allowed(entities: readonly OfferedEntity[]): (service: ServiceSpec) => boolean {
  const names = new Set(entities.flatMap(({ features }) => features.map(({ name }) => name)))
  return ({ picks }) => picks.every(({ group, features }) => features.every((name) => names.has(`${group}.${name}`)))
}

/** @throws FstoreError NAME_UNKNOWN, with what was probably meant */
export function findOffered<T extends { readonly name: string }>(all: readonly T[], name: string, what: string): T {
  const found = all.find((one) => one.name === name)
  if (found !== undefined) return found
  throw unknown(`There is no ${what} "${name}".`, name, all)
}

/**
 * The features that a name stands for: one, or with `group.*` those of a group that fit in words.
 *
 * @throws FstoreError NAME_UNKNOWN
 */
export function featuresNamed({ name: entity, features }: OfferedEntity, given: string): readonly OfferedFeature[] {
  const name = given.replace(':', '.')
  const whole = name.endsWith('.*') ? name.slice(0, -2) : undefined
  const found =
    whole === undefined
      ? features.filter((one) => one.name === name || one.feature.name === name)
      : features.filter((one) => one.group.name === whole && isShown(one))
  if (whole === undefined ? found.length === 1 : found.length > 0) return found
  if (found.length > 1)
    throw new FstoreError('NAME_AMBIGUOUS', `Several groups have a feature "${given}".`, {
      fix: `Write one of ${found.map((one) => one.name).join(', ')}.`,
    })
  if (whole !== undefined) throw unknown(`The entity ${entity} has no group "${whole}".`, name, groupsOf(features))
  const near = features.find((one) => one.feature.name === name.split('.').at(-1))
  throw unknown(`The entity ${entity} has no feature "${given}".`, near?.name ?? name, features)
}

/** The names that stand for all features of a group. */
export function groupsOf(features: readonly OfferedFeature[]): { readonly name: string }[] {
  return [...new Set(features.map(({ group }) => `${group.name}.*`))].map((name) => ({ name }))
}

/** A vector of a thousand numbers tells a model nothing; it is read only by name. */
export function isShown({ feature }: OfferedFeature): boolean {
  return feature.dataType !== 'embedding'
}

function unknown(message: string, name: string, all: readonly { readonly name: string }[]): FstoreError {
  const names = all.map((one) => one.name)
  const some = names.length > 12 ? [...names.slice(0, 12), '…'] : names
  return new FstoreError('NAME_UNKNOWN', message, {
    fix: didYouMean(name, names) || `There are: ${some.join(', ') || 'none'}.`,
  })
}
