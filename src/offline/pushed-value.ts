/** Values that an application pushes, checked against the type of their feature before a database sees them. */
import { instantFrom } from '../config/instant.js'
import { FstoreError } from '../errors.js'
import type { FeatureSnapshot } from '../registry/definition.js'

/** A value as JSON holds all of it: integers, and numbers that JSON lacks, are text. */
export type Exact = null | boolean | number | string | readonly Exact[]

/** The value; or what it would have to be, and what keeps it from that. Never the value itself: it may be private. */
type Outcome = { readonly value: Exact } | { readonly wrong: string }

type Typed = Pick<FeatureSnapshot, 'dataType' | 'as' | 'element' | 'dimension'>

/** What JSON prints of a value is read like the value itself. */
export function exactValue(feature: Typed, value: unknown): Outcome {
  if (value === null) return { value }
  switch (feature.dataType) {
    case 'int64':
      return feature.as === 'bigint' ? big(value) : integer(value)
    case 'float64':
      return float(value)
    case 'string':
      return text(value)
    case 'bool':
      return typeof value === 'boolean' ? { value } : not('true or false', value)
    case 'timestamp':
      return instant(value)
    case 'array':
      return list(feature.element ?? 'float64', value)
    case 'embedding':
      return vector(feature.dimension as number, value)
  }
}

function integer(value: unknown): Outcome {
  const whole = typeof value === 'bigint' ? Number(value) : value
  if (Number.isSafeInteger(whole)) return { value: String(value) }
  if (typeof value !== 'bigint' && !Number.isInteger(value)) return not('a whole number', value)
  return { wrong: "is beyond 2^53, which a number cannot hold; declare the feature as int64({ as: 'bigint' })" }
}

function big(value: unknown): Outcome {
  if (Number.isSafeInteger(value)) return { value: String(value) }
  const isDigits = typeof value === 'string' && /^-?\d{1,19}$/.test(value)
  if (typeof value !== 'bigint' && !isDigits) return not('a bigint or the text of one', value)
  const whole = BigInt(value)
  return BigInt.asIntN(64, whole) === whole ? { value: String(whole) } : { wrong: 'does not fit in 64 bits' }
}

/** What JSON has no number for. */
const named: readonly unknown[] = ['NaN', 'Infinity', '-Infinity']

function float(value: unknown): Outcome {
  if (named.includes(value)) return { value: value as string }
  if (typeof value !== 'number') return not('a number', value)
  return { value: Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value) }
}

function text(value: unknown): Outcome {
  if (typeof value !== 'string') return not('text', value)
  if (value.includes('\0')) return { wrong: 'holds a zero byte, which PostgreSQL cannot keep' }
  return /\p{Surrogate}/u.test(value) ? { wrong: 'holds half of a surrogate pair, which is no text' } : { value }
}

function instant(value: unknown): Outcome {
  if (typeof value !== 'string' && !(value instanceof Date)) return not('a Date or the text of a timestamp', value)
  try {
    return { value: instantFrom(value) }
  } catch (error) {
    if (error instanceof FstoreError) return { wrong: 'is no timestamp with a time zone in the years 1 to 9999' }
    throw error
  }
}

function list(element: NonNullable<Typed['element']>, value: unknown): Outcome {
  if (!Array.isArray(value)) return not('a list', value)
  const values: Exact[] = []
  for (const [i, item] of value.entries()) {
    const read = exactValue({ dataType: element }, item)
    if ('wrong' in read) return { wrong: `has an element, [${i}], that ${read.wrong}` }
    values.push(read.value)
  }
  return { value: values }
}

function vector(dimension: number, value: unknown): Outcome {
  if (!Array.isArray(value) && !(value instanceof Float32Array)) return not('a list or Float32Array', value)
  if (value.length !== dimension) return { wrong: `has ${value.length} dimensions, and must have ${dimension}` }
  const numbers = Array.from<unknown>(value)
  const bad = numbers.findIndex((item) => typeof item !== 'number' || !Number.isFinite(Math.fround(item)))
  // As they are kept, in 32 bits and without -0: what comes from the database must be told from it alike.
  return bad === -1
    ? { value: numbers.map((item) => Math.fround(item as number) + 0) }
    : { wrong: `has an element, [${bad}], that is no finite number of 32 bits` }
}

function not(wanted: string, value: unknown): Outcome {
  const kind = Array.isArray(value) ? 'a list' : value instanceof Date ? 'a Date' : kinds[typeof value]
  return { wrong: `is ${kind}, and must be ${wanted}` }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  bigint: 'a bigint',
  boolean: 'true or false',
  undefined: 'undefined',
  object: 'an object',
  function: 'a function',
  symbol: 'a symbol',
}
