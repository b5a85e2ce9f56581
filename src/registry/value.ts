/** Values of features on their way out of PostgreSQL as JSON, and what JavaScript makes of them. */
import { toDate } from '../config/instant.js'
import type { FeatureSnapshot } from './definition.js'

/** PostgreSQL takes at most so many arguments to a function. */
const mostArguments = 100

/** The SQL of a value of that column, such that JSON keeps all of it. */
export function valueSql(feature: Pick<FeatureSnapshot, 'dataType' | 'as'>, column: string): string {
  return feature.as === 'bigint' || feature.dataType === 'embedding' ? `${column}::text` : column
}

/** The SQL of a JSON array of these values, of any number. */
export function jsonArraySql(values: readonly string[]): string {
  if (values.length <= mostArguments) return `json_build_array(${values.join(', ')})`
  // Slower, and has no such limit.
  return `array_to_json(ARRAY[${values.map((value) => `to_json(${value})`).join(', ')}])`
}

/** JSON writes the offset of UTC as `+00:00`. */
export function instantOf(text: string): string {
  return text.replace(/\+00:00$/, 'Z')
}

/** As the database's own integers come: a bigint only where a number would not be exact. */
export function integerOf(text: string): number | bigint {
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
}

/** A value as JavaScript sees it; a new object every time, so that no caller can change a cached one. */
export function unpack(feature: Pick<FeatureSnapshot, 'dataType' | 'as' | 'element'>, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (feature.dataType) {
    case 'int64':
      return feature.as === 'bigint' ? BigInt(value as string) : value
    // NaN and the infinities are strings in JSON.
    case 'float64':
      return typeof value === 'number' ? value : Number(value)
    case 'timestamp':
      return feature.as === 'string' ? instantOf(value as string) : toDate(instantOf(value as string))
    case 'array':
      return (value as unknown[]).map((element) =>
        element === null || feature.element === 'string' || feature.element === 'bool' ? element : Number(element),
      )
    case 'embedding':
      return Float32Array.from((typeof value === 'string' ? JSON.parse(value) : value) as number[])
    default:
      return value
  }
}
