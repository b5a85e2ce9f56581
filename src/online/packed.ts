/** A row of latest values as every tier keeps it: a JSON array, positional, headed by its stamps. */
import { identifier } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { jsonArraySql, valueSql } from '../registry/value.js'

/** `[written_at, event_timestamp, value…]`, in the order of the version's features. Never changed once made. */
export type Packed = readonly [writtenAt: string, eventTimestamp: string, ...values: unknown[]]

/** The SQL that packs a row of `alias`. */
export function packSql(features: readonly FeatureSnapshot[], alias: string): string {
  const values = features.map((feature) => valueSql(feature, `${alias}.${identifier(feature.name)}`))
  return jsonArraySql([`${alias}.written_at`, `${alias}.event_timestamp`, ...values])
}
