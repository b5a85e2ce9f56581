/** A row of latest values as every tier keeps it: a JSON array, positional, headed by its stamps. */
import { toDate } from '../config/instant.js'
import { identifier } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'

/** `[written_at, event_timestamp, value…]`, in the order of the version's features. Never changed once made. */
export type Packed = readonly [writtenAt: string, eventTimestamp: string, ...values: unknown[]]

/** PostgreSQL takes at most so many arguments to a function. */
const mostArguments = 100

/** The SQL that packs a row of `alias`. */
export function packSql(features: readonly FeatureSnapshot[], alias: string): string {
  const values = features.map((feature) => {
    const column = `${alias}.${identifier(feature.name)}`
    return feature.as === 'bigint' || feature.dataType === 'embedding' ? `${column}::text` : column
  })
  const all = [`${alias}.written_at`, `${alias}.event_timestamp`, ...values]
  if (all.length <= mostArguments) return `json_build_array(${all.join(', ')})`
  // Slower, and has no such limit.
  return `array_to_json(ARRAY[${all.map((value) => `to_json(${value})`).join(', ')}])`
}

/** JSON writes the offset of UTC as `+00:00`. */
export function instantOf(text: string): string {
  return text.replace(/\+00:00$/, 'Z')
}

/** A value as JavaScript sees it; a new object every time, so that no caller can change a cached one. */
export function unpack(feature: Pick<FeatureSnapshot, 'dataType' | 'as' | 'element'>, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (feature.dataType) {
    case 'int64':
      return feature.as === 'bigint' ? BigInt(value as string) : value
    // NaN and the infinities are strings in JSON.
    case 'float64':
      return Number(value)
    case 'timestamp':
      return feature.as === 'string' ? instantOf(value as string) : toDate(instantOf(value as string))
    case 'array':
      return (value as unknown[]).map((element) =>
        element === null || feature.element === 'string' || feature.element === 'bool' ? element : Number(element),
      )
    case 'embedding':
      return Float32Array.from(JSON.parse(value as string) as number[])
    default:
      return value
  }
}
