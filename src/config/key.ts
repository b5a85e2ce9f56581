/** Entity keys, from what a caller gives to the text that names one entity everywhere. */
import { FstoreError } from '../errors.js'
import type { EntityKey, EntitySpec, KeyType } from './project.js'

/** What a caller may give as a key of that type. */
export type KeyValue<T> = T extends 'int64' ? number | bigint | string : T extends KeyType ? string : never

/** The texts of the keys in the order of the entity's keys: `12` and `12n` and `'12'` are one. */
export type KeyTexts = readonly string[]

/**
 * @param key an object with a value for each key; for an entity of one key, also its bare value
 * @throws FstoreError KEY_INVALID: a key missing, extra, or of another type
 */
export function keyTexts(entity: EntitySpec, key: unknown): KeyTexts {
  if (typeof key !== 'object' || key === null) {
    if (entity.keys.length === 1) return [keyText(entity, entity.keys[0] as EntityKey, key)]
    throw invalid(entity, `"${String(key)}" is one value; ${entity.name} has ${entity.keys.length} keys.`)
  }
  const given = key as Record<string, unknown>
  const extra = Object.keys(given).filter((name) => !entity.keys.some((one) => one.name === name))
  if (extra.length > 0) throw invalid(entity, `${entity.name} has no key "${extra[0]}".`)
  return entity.keys.map((one) => keyText(entity, one, given[one.name]))
}

function keyText(entity: EntitySpec, { name, type }: EntityKey, value: unknown): string {
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : value
  if (text === undefined || text === null) throw invalid(entity, `The key "${name}" is missing.`)
  if (typeof text !== 'string')
    throw invalid(entity, `The key "${name}" is ${typeof text}; it must be ${article(type)} ${type}.`)
  if (type === 'string' && !text.includes('\0')) return text
  // A number beyond 2^53 may be another entity's key by now.
  if (type === 'int64' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw invalid(entity, `The key "${name}" is beyond 2^53, which a number cannot hold: give a bigint or text.`)
  if (type === 'int64' && /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text))
    return String(BigInt(text))
  if (type === 'uuid' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return text.toLowerCase()
  throw invalid(entity, `The key "${name}" of ${entity.name} must be ${article(type)} ${type}; "${text}" is not.`)
}

function article(type: EntityKey['type']): string {
  return type === 'int64' ? 'an' : 'a'
}

function invalid(entity: EntitySpec, message: string): FstoreError {
  const names = entity.keys.map(({ name, type }) => `${name} (${type})`).join(', ')
  return new FstoreError('KEY_INVALID', message, { fix: `Keys of ${entity.name}: ${names}.` })
}
