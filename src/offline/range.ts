/** All that is known of entities over a span of time: a row per entity and instant. */
import { toDate } from '../config/instant.js'
import { findEntity } from '../config/reference.js'
import type { ReadableVersion } from '../registry/catalog.js'
import { instantOf, jsonArraySql, unpack, valueSql } from '../registry/value.js'
import { type AskedFeature, askedFeatures, type OfflineScope, selectionOf, type TimeRange } from './asked.js'
import { jsonRows } from './json-rows.js'
import { columnOf, fromHistory, keyColumns, keyJson, keyOf, type Selection } from './selection.js'

export interface RangeRequest extends TimeRange {
  readonly entity: string
  /** All entities when absent. */
  readonly keys?: readonly unknown[] | undefined
  /** All that are built of the entity when absent. */
  readonly features?: readonly string[] | undefined
}

/** What one entity had at one instant. */
export interface RangeRow<F = Record<string, unknown>, K = Readonly<Record<string, unknown>>> {
  /** By name; an `int64` is a number, or a bigint beyond 2^53. */
  readonly key: K
  readonly eventTimestamp: Date
  readonly eventTimestampText: string
  /** A feature is absent where its group has no row of that instant, and null where it has one without a value. */
  readonly features: { readonly [K in keyof F]?: F[K] | null }
}

/**
 * Current rows, by key and then by time. Rows that several groups have of one entity and instant are one row; nothing
 * is carried over from an earlier instant, and no ttl applies: that is what a point-in-time join is for.
 *
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY, NOT_BUILT
 */
export async function* rangeRows(scope: OfflineScope, request: RangeRequest): AsyncGenerator<RangeRow> {
  const entity = findEntity(scope.project, request.entity)
  const selection = selectionOf(entity, request)
  const asked = await askedFeatures(scope, request.features, entity)
  const versions = [...new Set(asked.map(({ version }) => version))]
  const [first] = versions
  if (first === undefined) return
  const byVersion = versions.map((one) => asked.filter(({ version }) => version === one))
  for await (const rows of jsonRows(scope, rangeSql(scope, versions, byVersion, selection)))
    for (const row of rows) yield rowOf(row, first, byVersion)
}

function rowOf(
  [at, ...values]: readonly unknown[],
  version: ReadableVersion,
  byVersion: readonly (readonly AskedFeature[])[],
): RangeRow {
  const eventTimestampText = instantOf(at as string)
  const key = keyOf(version, values)
  const features: Record<string, unknown> = {}
  for (const [v, asked] of byVersion.entries()) {
    const own = values[version.keys.length + v] as readonly unknown[] | null
    if (own === null) continue
    for (const [i, { reference, feature }] of asked.entries()) features[reference.name] = unpack(feature, own[i])
  }
  return { key, eventTimestamp: toDate(eventTimestampText), eventTimestampText, features }
}

/** Rows `[instant, key…, values of the first version or null, …]`. Of one instant a version has one current row. */
function rangeSql(
  scope: OfflineScope,
  versions: readonly ReadableVersion[],
  byVersion: readonly (readonly AskedFeature[])[],
  selection: Selection,
): string {
  const [first] = versions as [ReadableVersion]
  const keys = first.keys.map((_, k) => `k${k}`)
  const packed = versions.map((_, v) => `v${v}`)
  const branches = versions.map((version, v) => {
    const values = (byVersion[v] as readonly AskedFeature[]).map(({ feature }) => valueSql(feature, columnOf(feature)))
    const columns = [
      ...keyColumns(version).map((column, k) => `${column} AS ${keys[k]}`),
      'h.event_timestamp',
      ...packed.map((name, other) => `${other === v ? jsonArraySql(values) : 'NULL'}::text AS ${name}`),
    ]
    return `SELECT ${columns.join(', ')} ${fromHistory(scope, version, selection)}`
  })
  const order = [...keys, 'event_timestamp'].join(', ')
  const output = ['event_timestamp', ...keyJson(first, keys), ...packed.map((name) => `max(${name})::json`)]
  return `SELECT ${jsonArraySql(output)} FROM (${branches.join('\nUNION ALL\n')}) AS r GROUP BY ${order} ORDER BY ${order}`
}
