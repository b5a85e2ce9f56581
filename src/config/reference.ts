/** Names of features: `group.feature`, `group:feature`, `feature` where only one group has it, each with `@version`. */
import { FstoreError } from '../errors.js'
import { didYouMean } from './did-you-mean.js'
import type { DatasetSpec, EntitySpec, FeatureSpec, GroupSpec, OnDemandSpec, Project, ServiceSpec } from './project.js'

export interface FeatureReference {
  readonly group: GroupSpec
  /** Absent where a pinned version has a feature that the config no longer declares. */
  readonly feature: string
  readonly version?: number
  /** `group.feature`, with `@version` where it is pinned: the name in answers. */
  readonly name: string
}

/** A feature that is computed when it is read: no version of it is kept. */
export interface OnDemandReference {
  readonly group: OnDemandSpec
  readonly feature: string
  readonly name: string
}

export type ReadableReference = FeatureReference | OnDemandReference

export function isOnDemand(reference: ReadableReference): reference is OnDemandReference {
  return reference.group.sourceType === 'on_demand'
}

export function entitiesOf({ groups, onDemand }: Project): EntitySpec[] {
  return [...new Map([...groups, ...onDemand].map(({ entity }) => [entity.name, entity])).values()]
}

/** @throws FstoreError NAME_UNKNOWN */
export function findEntity(project: Project, name: string): EntitySpec {
  return find(entitiesOf(project), name, 'entity', 'Entities')
}

/** A group that keeps rows. @throws FstoreError NAME_UNKNOWN, NOT_COMPUTED for one that is computed when it is read */
export function findGroup(project: Project, name: string): GroupSpec {
  const group = findReadable(project, name)
  if (group.sourceType === 'on_demand') throw keepsNothing(group)
  return group
}

/** Any group whose features can be read. @throws FstoreError NAME_UNKNOWN */
export function findReadable({ groups, onDemand }: Project, name: string): GroupSpec | OnDemandSpec {
  return find<GroupSpec | OnDemandSpec>([...groups, ...onDemand], name, 'group', 'Groups')
}

function keepsNothing({ name, features }: OnDemandSpec): FstoreError {
  return new FstoreError(
    'NOT_COMPUTED',
    `${name} is on demand: it has no rows, no history, no versions and no windows.`,
    {
      why: 'Its features are computed when they are read, for the entities that are asked for.',
      fix: `Read them with \`fstore get KEY --features ${name}.${features[0]?.name}\`, or in a service.`,
    },
  )
}

/** @throws FstoreError NAME_UNKNOWN */
export function findService(project: Project, name: string): ServiceSpec {
  return find(project.services, name, 'service', 'Services')
}

/** @throws FstoreError NAME_UNKNOWN */
export function findDataset(project: Project, name: string): DatasetSpec {
  return find(project.datasets, name, 'dataset', 'Datasets')
}

function find<T extends { readonly name: string }>(all: readonly T[], name: string, what: string, plural: string): T {
  const found = all.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = all.map((one) => one.name)
  throw unknown(`No ${what} is called "${name}".`, name, names, plural)
}

/**
 * A feature that is kept in tables.
 *
 * @param entity only its features; any when absent
 * @throws FstoreError NAME_UNKNOWN, NOT_COMPUTED for a feature that is computed when it is read, or NAME_AMBIGUOUS where
 * several groups have a feature of that name
 */
export function resolveFeature(project: Project, reference: string, entity?: EntitySpec): FeatureReference {
  const resolved = resolveReadable(project, reference, entity)
  if (isOnDemand(resolved)) throw keepsNothing(resolved.group)
  return resolved
}

/** Any feature that can be read. @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS */
export function resolveReadable(project: Project, reference: string, entity?: EntitySpec): ReadableReference {
  const [, path = '', pinned] = /^(.*?)(?:@(\d+))?$/.exec(reference) ?? []
  const [first = '', second, ...rest] = path.split(/[.:]/)
  const readable = [...project.groups, ...project.onDemand]
  const groups = readable.filter((group) => entity === undefined || group.entity.name === entity.name)
  // Only for who mistyped one: of thousands of features, each would list all.
  const all = () => groups.flatMap((group) => group.features.map((feature) => `${group.name}.${feature.name}`))
  const version = pinned === undefined ? {} : { version: Number(pinned) }
  const named = (group: GroupSpec | OnDemandSpec, feature: string): ReadableReference => {
    const name = `${group.name}.${feature}`
    if (group.sourceType !== 'on_demand')
      return { group, feature, ...version, name: pinned === undefined ? name : `${name}@${pinned}` }
    if (pinned === undefined) return { group, feature, name }
    const why = 'What is computed when it is read has one version: the one that the config declares.'
    throw new FstoreError('NAME_UNKNOWN', `${name} has no version ${pinned}.`, { why, fix: `Write ${name}.` })
  }
  if (second !== undefined) {
    const group = groups.find((candidate) => candidate.name === first && rest.length === 0)
    if (group !== undefined && (pinned !== undefined || hasFeature(group, second))) return named(group, second)
    throw unknownFeature(reference, path, entity, all())
  }
  const owners = groups.filter((group) => hasFeature(group, first))
  if (owners.length === 1) return named(owners[0] as GroupSpec | OnDemandSpec, first)
  if (owners.length === 0) throw unknownFeature(reference, path, entity, all())
  throw new FstoreError('NAME_AMBIGUOUS', `Several groups have a feature "${first}".`, {
    fix: `Write one of ${owners.map((group) => `${group.name}.${first}`).join(', ')}.`,
  })
}

function hasFeature(group: GroupSpec | OnDemandSpec, name: string): boolean {
  return group.features.some((feature: FeatureSpec) => feature.name === name)
}

function unknownFeature(reference: string, path: string, entity: EntitySpec | undefined, all: readonly string[]) {
  const owner = entity === undefined ? 'The project' : `The entity ${entity.name}`
  const name = path.replace(':', '.')
  // Who leaves the group out of the name is told a name without it.
  const near = name.includes('.')
    ? ''
    : didYouMean(
        name,
        all.map((one) => one.slice(one.indexOf('.') + 1)),
      )
  const message = `${owner} has no feature "${reference}".`
  return near === '' ? unknown(message, name, all, 'Features') : new FstoreError('NAME_UNKNOWN', message, { fix: near })
}

function unknown(message: string, name: string, known: readonly string[], what: string): FstoreError {
  const near = didYouMean(name, known)
  const some = known.length > 12 ? [...known.slice(0, 12), '…'] : known
  return new FstoreError('NAME_UNKNOWN', message, { fix: near || `${what}: ${some.join(', ') || 'none'}.` })
}
