import { z } from 'zod'
import { compareInstants } from '../instant.js'
import type { DataType, RulesSpec } from '../project.js'
import { field, instant, text } from './fields.js'
import { type Report, show } from './report.js'

const whole = field((value) => {
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return { value: Number(value) }
  if (Number.isSafeInteger(value)) return { value: value as number }
  if (typeof value !== 'bigint') return { message: `${show(value)} is not a whole number below 2^53` }
  return { message: `${show(value)} is beyond 2^53`, fix: "Declare the feature as int64({ as: 'bigint' })" }
})

/** Text, so that JSON keeps every digit. */
const big = field((value) => {
  const integer =
    typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as bigint | number) : undefined
  if (integer === undefined) return { message: `${show(value)} is not a whole number`, fix: 'Write it as a bigint, 1n' }
  return BigInt.asIntN(64, integer) === integer
    ? { value: integer.toString() }
    : { message: `${show(value)} does not fit in 64 bits` }
})

const number = field((value) =>
  Number.isFinite(value) ? { value: value as number } : { message: `${show(value)} is not a finite number` },
)

const pattern = field((value) => {
  if (!text.safeParse(value).success || typeof value !== 'string')
    return { message: `${show(value)} is not text`, fix: "Write it as text, '^[A-Z]+$'" }
  try {
    // Postgres also takes options at the front, which JavaScript does not.
    new RegExp(value.replace(/^\(\?[a-z]+\)/, ''))
    return { value }
  } catch (error) {
    return { message: `${show(value)} is not a regular expression: ${reason(error)}` }
  }
})

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split(': ').pop() ?? error.message) : String(error)
}

const ordered = <T extends z.ZodType>(value: T) => ({ min: value, max: value, allowedValues: z.array(value).min(1) })

/** The rules that each type of feature may have, besides `notNull`. */
export function rulesOf(dataType: DataType, as: unknown): Record<string, z.ZodType> {
  switch (dataType) {
    case 'int64':
      return ordered(as === 'bigint' ? big : whole)
    case 'float64':
      return ordered(number)
    case 'string':
      return { pattern, allowedValues: z.array(text).min(1) }
    case 'bool':
      return { allowedValues: z.array(z.boolean()).min(1) }
    case 'timestamp':
      return { min: instant, max: instant }
    default:
      return {}
  }
}

/** Reports bounds that no value can keep. */
export function checkBounds(rules: RulesSpec, path: string, report: Report): void {
  const { min, max } = rules
  if (min === undefined || max === undefined || compare(min, max) <= 0) return
  report(`${path}.min`, `${min} is more than max, ${max}: no value could pass`)
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b)
  if (a.endsWith('Z')) return compareInstants(a, b)
  return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0
}
