/** A read as Feast's HTTP clients ask for it: columns of join keys in, a column for each feature out. */
import { joinKeysOf } from '../config/join-keys.js'
import type { EntitySpec, FeatureSpec, Project } from '../config/project.js'
import { findReadable, findService, resolveReadable } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import type { AnyRead } from '../online/reader.js'
import type { AnyStore } from '../store.js'
import { HttpFailure } from './failure.js'

/** One feature of the answer. */
interface Wanted {
  /** In the answers of our own reads. */
  readonly own: string
  readonly short: string
  readonly full: string
  readonly isTimestamp: boolean
}

/** One read that the answer is made of: of an entity, or of a service. */
interface Question {
  readonly keys: readonly string[]
  readonly wanted: readonly Wanted[]
  ask(store: AnyStore, rows: Rows): Promise<AnyRead[]>
}

interface Rows {
  readonly keys: readonly Record<string, unknown>[]
  /** What on-demand features need besides, the same for all of them. */
  readonly request?: Record<string, unknown>
}

export interface FeastRequest {
  readonly features?: readonly string[] | undefined
  readonly feature_service?: string | null | undefined
  readonly entities: Readonly<Record<string, readonly unknown[]>>
  readonly full_feature_names?: boolean | undefined
}

/** A column of the answer, and where its values come from. */
export interface Column {
  readonly name: string
  readonly wanted: Wanted
  readonly reads: readonly AnyRead[]
}

export interface FeastRead {
  /** Join keys, as they were given. */
  readonly keys: readonly { readonly name: string; readonly values: readonly unknown[] }[]
  readonly columns: readonly Column[]
  readonly rows: number
}

/** @throws HttpFailure BODY_INVALID; FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, NAME_COLLISION, KEY_INVALID */
export async function readFeast(
  store: AnyStore,
  asked: FeastRequest,
  requireRoom: (rows: number, features: number) => void,
): Promise<FeastRead> {
  const { entities, full_feature_names: isFull = false } = asked
  const questions = questionsOf(store.project, asked)
  const rows = rowsOf(entities)
  const width = questions.reduce((sum, { wanted }) => sum + wanted.length, 0)
  requireRoom(rows, width)
  const joinKeys = [...new Set(questions.flatMap(({ keys }) => keys))]
  for (const name of joinKeys) if (entities[name] === undefined) throw missing(name, joinKeys)
  const named = questions.map(({ wanted }) => wanted.map((one) => (isFull ? one.full : one.short)))
  requireDistinct(named.flat())
  const context = contextOf(store.project, entities, joinKeys)
  const reads = await Promise.all(questions.map((question) => askAll(store, question, { entities, rows, context })))
  const columns = questions.flatMap(({ wanted }, q) =>
    wanted.map((one, i) => ({ name: named[q]?.[i] as string, wanted: one, reads: reads[q] as AnyRead[] })),
  )
  const given = Object.keys(entities).filter((name) => joinKeys.includes(name))
  return { keys: given.map((name) => ({ name, values: entities[name] as unknown[] })), columns, rows }
}

function questionsOf(project: Project, { features = [], feature_service: service }: FeastRequest): Question[] {
  if (service !== undefined && service !== null) return [ofService(project, service)]
  if (features.length > 0) return ofFeatures(project, features)
  throw new HttpFailure('BODY_INVALID', 'Neither features nor a feature_service is asked for.', {
    fix: 'Name one of them: {"features": ["group:feature"], "entities": {…}}.',
  })
}

/** One question for each entity, so that features of several can be asked for together. */
function ofFeatures(project: Project, names: readonly string[]): Question[] {
  const references = names.map((name) => resolveReadable(project, name))
  const entities = new Map<string, EntitySpec>(references.map(({ group }) => [group.entity.name, group.entity]))
  return [...entities.values()].map((entity) => {
    const own = references.filter(({ group }) => group.entity.name === entity.name)
    const features = own.map(({ name }) => name)
    return {
      keys: entity.keys.map(({ name }) => name),
      wanted: own.map(({ name, group, feature }) => ({
        own: name,
        short: feature,
        full: `${group.name}__${feature}`,
        isTimestamp: isTimestamp(group.features, feature),
      })),
      ask: (store, rows) => store.getMany({ entity: entity.name, features, ...rows }),
    }
  })
}

function ofService(project: Project, name: string): Question {
  const service = findService(project, name)
  const wanted = service.picks.flatMap(({ group, alias, features }) =>
    features.map((feature) => ({
      own: `${alias}.${feature}`,
      short: feature,
      full: `${alias}__${feature}`,
      isTimestamp: isTimestamp(findReadable(project, group).features, feature),
    })),
  )
  return {
    keys: joinKeysOf(project, service).map((key) => key.name),
    wanted,
    ask: (store, rows) => store.getVectors({ service: name, ...rows }),
  }
}

function isTimestamp(features: readonly FeatureSpec[], name: string): boolean {
  return features.some((feature) => feature.name === name && feature.dataType === 'timestamp')
}

/** @throws HttpFailure BODY_INVALID */
function rowsOf(entities: FeastRequest['entities']): number {
  const lengths = new Set(Object.values(entities).map(({ length }) => length))
  const [rows = 0] = lengths
  if (lengths.size === 1 && rows > 0) return rows
  throw new HttpFailure('BODY_INVALID', 'The lists of entities are empty, or not of one length.', {
    why: `Lengths: ${
      Object.entries(entities)
        .map(([name, { length }]) => `${name} ${length}`)
        .join(', ') || 'none'
    }.`,
  })
}

/** Columns that are no join keys, and that on-demand features are computed with. Of old clients others come, too. */
function contextOf({ onDemand }: Project, entities: FeastRequest['entities'], joinKeys: readonly string[]): string[] {
  const known = new Set(onDemand.flatMap(({ request }) => request.map(({ name }) => name)))
  return Object.keys(entities).filter((name) => known.has(name) && !joinKeys.includes(name))
}

/** In the order of the rows: one read, or where rows bring request data of their own, one for each that differs. */
async function askAll(
  store: AnyStore,
  { keys: names, ask }: Question,
  given: { entities: FeastRequest['entities']; rows: number; context: readonly string[] },
): Promise<AnyRead[]> {
  const { entities, rows, context } = given
  const pick = (columns: readonly string[], i: number) =>
    Object.fromEntries(columns.map((name) => [name, (entities[name] as unknown[])[i]]))
  const keys = Array.from({ length: rows }, (_, i) => pick(names, i))
  if (context.length === 0) return ask(store, { keys })
  const alike = new Map<string, number[]>()
  for (let i = 0; i < rows; i++) {
    const request = JSON.stringify(pick(context, i))
    alike.set(request, [...(alike.get(request) ?? []), i])
  }
  const answers: AnyRead[] = new Array(rows)
  const groups = [...alike].map(async ([request, places]) => {
    const reads = await ask(store, {
      keys: places.map((i) => keys[i] as Record<string, unknown>),
      request: JSON.parse(request) as Record<string, unknown>,
    })
    for (const [k, i] of places.entries()) answers[i] = reads[k] as AnyRead
  })
  await Promise.all(groups)
  return answers
}

function missing(name: string, joinKeys: readonly string[]): HttpFailure {
  return new HttpFailure('BODY_INVALID', `The entities have no "${name}".`, {
    fix: `What is asked for is found by ${joinKeys.join(', ')}: give a list of each.`,
  })
}

/** @throws FstoreError NAME_COLLISION */
function requireDistinct(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new FstoreError('NAME_COLLISION', `Two features asked for are called "${twice}".`, {
    fix: 'Ask with "full_feature_names": true.',
  })
}
