/** Which entities the words after `get` name: bare keys, or `name=value` pairs that fill one entity after another. */
import type { EntitySpec, Project } from '../config/project.js'
import { entitiesOf, findEntity } from '../config/reference.js'
import { FstoreError } from '../errors.js'

export interface NamedKeys {
  readonly entity: EntitySpec
  readonly keys: readonly Record<string, string>[]
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID */
export function parseKeys(project: Project, words: readonly string[], entityName: string | undefined): NamedKeys {
  const [only, ...others] = fittingKeys(project, words, entityName)
  if (others.length > 0) throw ambiguous([only, ...others], words)
  return only
}

/**
 * Every entity whose keys the words could be: bare keys fit each that has one key.
 *
 * @throws FstoreError NAME_UNKNOWN, KEY_INVALID
 */
export function fittingKeys(
  project: Project,
  words: readonly string[],
  entityName: string | undefined,
): [NamedKeys, ...NamedKeys[]] {
  const candidates = entityName === undefined ? entitiesOf(project) : [findEntity(project, entityName)]
  // Where one word names a key of some entity, a word that does not is a slip, and no bare key.
  const isNamed = words.some((word) => candidates.some((entity) => pairOf(entity, word) !== undefined))
  const fitting = candidates.flatMap((entity) => {
    const keys = isNamed ? fillPairs(entity, words) : bare(entity, words)
    return keys === undefined ? [] : [{ entity, keys }]
  })
  const [only, ...others] = fitting
  if (only === undefined) throw unfit(candidates, words)
  return [only, ...others]
}

/**
 * The keys that the words give a service: as pairs, or bare where it has only one.
 *
 * @param service its name and join keys
 * @throws FstoreError KEY_INVALID
 */
export function parseJoinKeys(service: EntitySpec, words: readonly string[]): readonly Record<string, string>[] {
  const isNamed = words.some((word) => pairOf(service, word) !== undefined)
  const keys = isNamed ? fillPairs(service, words) : bare(service, words)
  if (keys !== undefined) return keys
  throw new FstoreError('KEY_INVALID', `"${words.join(' ')}" does not give the keys of the service ${service.name}.`, {
    why: 'Each of its keys is needed once, as name=value.',
    fix: `Write ${service.keys.map(({ name }) => `${name}=…`).join(' ')}.`,
  })
}

function pairOf(entity: EntitySpec, word: string): [string, string] | undefined {
  const at = word.indexOf('=')
  const name = word.slice(0, at)
  return at > 0 && entity.keys.some((key) => key.name === name) ? [name, word.slice(at + 1)] : undefined
}

function bare(entity: EntitySpec, words: readonly string[]): Record<string, string>[] | undefined {
  const [only, ...more] = entity.keys
  return only === undefined || more.length > 0 ? undefined : words.map((word) => ({ [only.name]: word }))
}

/** Pairs in any order; a name that comes again begins the next entity. */
function fillPairs(entity: EntitySpec, words: readonly string[]): Record<string, string>[] | undefined {
  const keys: Record<string, string>[] = []
  for (const word of words) {
    const pair = pairOf(entity, word)
    if (pair === undefined) return undefined
    const [name, value] = pair
    const last = keys.at(-1)
    if (last === undefined || name in last) keys.push({ [name]: value })
    else last[name] = value
  }
  return keys.every((key) => Object.keys(key).length === entity.keys.length) ? keys : undefined
}

function describe(entity: EntitySpec): string {
  return entity.keys.length === 1 ? `--entity ${entity.name} KEY` : entity.keys.map(({ name }) => `${name}=…`).join(' ')
}

export function ambiguous(fitting: readonly NamedKeys[], words: readonly string[]): FstoreError {
  return new FstoreError('NAME_AMBIGUOUS', `"${words.join(' ')}" could be the key of several entities.`, {
    fix: `Say which: ${fitting.map(({ entity }) => `--entity ${entity.name}`).join(', ')}.`,
  })
}

function unfit(candidates: readonly EntitySpec[], words: readonly string[]): FstoreError {
  return new FstoreError('KEY_INVALID', `"${words.join(' ')}" is not the key of any entity.`, {
    why: 'Each key of an entity is needed once, all of them bare or all as name=value.',
    fix: `Write ${candidates.map(describe).join(', or ')}.`,
  })
}
