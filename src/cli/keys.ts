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
  const candidates = entityName === undefined ? entitiesOf(project) : [findEntity(project, entityName)]
  const fitting = candidates.flatMap((entity) => {
    const keys = fit(entity, words)
    return keys === undefined ? [] : [{ entity, keys }]
  })
  // A pair that names the keys of an entity says more than a bare key that has an equals sign in it.
  const named = fitting.filter(({ entity }) => words.every((word) => pairOf(entity, word) !== undefined))
  const [only, ...others] = named.length > 0 ? named : fitting
  if (only === undefined) throw unfit(candidates, words)
  if (others.length > 0) throw ambiguous([only, ...others], words)
  return only
}

function pairOf(entity: EntitySpec, word: string): [string, string] | undefined {
  const at = word.indexOf('=')
  const name = word.slice(0, at)
  return at > 0 && entity.keys.some((key) => key.name === name) ? [name, word.slice(at + 1)] : undefined
}

function fit(entity: EntitySpec, words: readonly string[]): Record<string, string>[] | undefined {
  const pairs = words.map((word) => pairOf(entity, word))
  if (pairs.every((pair) => pair !== undefined)) return fill(entity, pairs)
  const [only, ...more] = entity.keys
  if (only === undefined || more.length > 0 || pairs.some((pair) => pair !== undefined)) return undefined
  return words.map((word) => ({ [only.name]: word }))
}

/** Pairs in any order; a name that comes again begins the next entity. */
function fill(entity: EntitySpec, pairs: readonly [string, string][]): Record<string, string>[] | undefined {
  const keys: Record<string, string>[] = []
  for (const [name, value] of pairs) {
    const last = keys.at(-1)
    if (last === undefined || name in last) keys.push({ [name]: value })
    else last[name] = value
  }
  return keys.every((key) => Object.keys(key).length === entity.keys.length) ? keys : undefined
}

function describe(entity: EntitySpec): string {
  return entity.keys.length === 1 ? `--entity ${entity.name} KEY` : entity.keys.map(({ name }) => `${name}=…`).join(' ')
}

function ambiguous(fitting: readonly NamedKeys[], words: readonly string[]): FstoreError {
  return new FstoreError('NAME_AMBIGUOUS', `"${words.join(' ')}" could be the key of several entities.`, {
    fix: `Say which: ${fitting.map(({ entity }) => `--entity ${entity.name}`).join(', ')}.`,
  })
}

function unfit(candidates: readonly EntitySpec[], words: readonly string[]): FstoreError {
  return new FstoreError('KEY_INVALID', `"${words.join(' ')}" is not the key of any entity.`, {
    why: 'An entity of several keys needs each of them as name=value.',
    fix: `One of: ${candidates.map(describe).join(', ')}.`,
  })
}
