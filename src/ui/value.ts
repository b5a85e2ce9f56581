/** Values as JSON can hold them. */
import type { Value } from './model.js'

/** Integers beyond 2^53, NaN and the infinities are text, as in everything that fstore prints. */
export function jsonValue(value: unknown): Value {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'string':
    case 'boolean':
      return value
    default:
      return value === null || value === undefined ? null : jsonObject(value)
  }
}

function jsonObject(value: object): Value {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value) || value instanceof Float32Array) return Array.from(value, jsonValue)
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, jsonValue(one)]))
}
