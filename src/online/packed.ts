/** A row of latest values as every tier keeps it: a JSON array, positional, headed by its stamps. */
import { identifier } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { jsonArraySql, valueSql } from '../registry/value.js'
import { parseJson } from './json.js'

/** `[written_at, event_timestamp, value…]`, in the order of the version's features. Never changed once made. */
export type Packed = readonly [writtenAt: string, eventTimestamp: string, ...values: unknown[]]

/** A row, or a tombstone, which has its stamp alone, of a text in Redis; undefined where it is neither. */
export function parseRow(text: string): Packed | readonly [writtenAt: string] | undefined {
  const row = parseJson(text)
  return Array.isArray(row) && typeof row[0] === 'string' && /^\d{4}-/.test(row[0])
    ? (row as unknown as Packed)
    : undefined
}

/** The SQL that packs a row of `alias`. */
export function packSql(features: readonly FeatureSnapshot[], alias: string): string {
  const values = features.map((feature) => valueSql(feature, `${alias}.${identifier(feature.name)}`))
  return jsonArraySql([`${alias}.written_at`, `${alias}.event_timestamp`, ...values])
}
