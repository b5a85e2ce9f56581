/** Rules of a feature, asked of a value that only a fold knows: what the next event is folded into depends on the answer. */
import { toMicroseconds } from '../config/instant.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import type { Exact } from './pushed-value.js'

/** Whether a text breaks the pattern of the feature in that place. Only PostgreSQL can tell. */
export type Unlike = (position: number, text: string) => boolean

/** As PostgreSQL would say of it: the rules that a value breaks, but for notNull, which is asked of a whole row. */
export function faultsOf(feature: FeatureSnapshot, value: Exact, unlike: (text: string) => boolean): string[] {
  if (value === null) return []
  const { min, max, pattern, allowedValues } = feature.rules
  const { dataType } = feature
  const faults = [
    ...(min !== undefined && compare(dataType, value, min) < 0 ? [`is below the minimum ${min}`] : []),
    ...(max !== undefined && compare(dataType, value, max) > 0 ? [`is above the maximum ${max}`] : []),
    ...(pattern !== undefined && unlike(value as string) ? [`does not match the pattern ${pattern}`] : []),
    ...(allowedValues !== undefined && !allowedValues.some((allowed) => compare(dataType, value, allowed) === 0)
      ? [`is not one of ${allowedValues.map((allowed) => JSON.stringify(allowed)).join(', ')}`]
      : []),
  ]
  return faults.map((fault) => `${feature.name}: ${fault}`)
}

/** The order of a type's values in PostgreSQL, texts by their code points. Negative where `a` comes first. */
export function compare(dataType: FeatureSnapshot['dataType'], a: Exact, b: Exact): number {
  switch (dataType) {
    case 'int64':
      return order(BigInt(a as string), BigInt(b as string))
    case 'timestamp':
      return order(toMicroseconds(a as string), toMicroseconds(b as string))
    case 'float64':
      return orderOfFloats(Number(a), Number(b))
    case 'string':
      return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
    default:
      return order(a as boolean, b as boolean)
  }
}

function order<T extends bigint | number | boolean>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** NaN comes last. */
function orderOfFloats(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? order(Number.isNaN(a), Number.isNaN(b)) : order(a, b)
}
