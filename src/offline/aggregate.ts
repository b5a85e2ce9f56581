/** One number of many values: over all rows, by a bucket of time, by entity. */
import { toDate } from '../config/instant.js'
import type { DataType } from '../config/project.js'
import { FstoreError } from '../errors.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { instantOf, integerOf, jsonArraySql, unpack, valueSql } from '../registry/value.js'
import { askedFeature, type OfflineScope, selectionOf, type TimeRange } from './asked.js'
import { jsonRows } from './json-rows.js'
import { columnOf, fromHistory, keyColumns, keyJson, keyOf } from './selection.js'

const aggregations = ['sum', 'avg', 'count', 'min', 'max'] as const
const buckets = ['hour', 'day', 'week', 'month'] as const

export interface AggregateRequest extends TimeRange {
  /** `group.feature`, or `feature` where only one group has it; `group.feature@2` for a version that is not live. */
  readonly feature: string
  readonly aggregation: (typeof aggregations)[number]
  /** Of the event timestamp, in UTC; weeks begin on Monday. One value over all time when absent. */
  readonly by?: (typeof buckets)[number] | undefined
  /** A value for each entity; one over all entities when absent. */
  readonly perEntity?: boolean | undefined
  /** All entities when absent. */
  readonly keys?: readonly unknown[] | undefined
}

/** One value that a feature was summed up to. */
export interface AggregateRow {
  /** The start of the bucket; null where there are none. */
  readonly bucket: Date | null
  /** By name; null over all entities. */
  readonly key: Readonly<Record<string, unknown>> | null
  /**
   * Null where no row has a value. `count` and `avg` are numbers. `sum` of an `int64()` is a number, or a bigint where a
   * number would not be exact; of an `int64({ as: 'bigint' })` always a bigint. `min` and `max` are values of the feature.
   */
  readonly value: number | bigint | string | Date | null
}

interface Aggregated {
  readonly sql: string
  read(raw: unknown): unknown
}

/**
 * Of current rows; a row without a value counts for nothing. By bucket, then by key; a bucket without rows is absent.
 *
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY, USAGE, NOT_BUILT
 */
export async function* aggregateRows(scope: OfflineScope, request: AggregateRequest): AsyncGenerator<AggregateRow> {
  const { aggregation, by, perEntity = false } = request
  checkOneOf('aggregation', aggregation, aggregations)
  if (by !== undefined) checkOneOf('bucket', by, buckets)
  const { reference, version, feature } = await askedFeature(scope, request.feature)
  const { sql, read } = aggregated(reference.name, feature, aggregation)
  const selection = selectionOf(reference.group.entity, request)
  const bucket = by === undefined ? [] : [`date_trunc('${by}', h.event_timestamp, 'UTC')`]
  const keys = perEntity ? keyColumns(version) : []
  const groups = [...bucket, ...keys]
  const clauses = groups.length === 0 ? '' : `GROUP BY ${groups.join(', ')} ORDER BY ${groups.join(', ')}`
  const output = jsonArraySql([sql, ...bucket, ...keyJson(version, keys)])
  const rows = jsonRows(scope, `SELECT ${output} ${fromHistory(scope, version, selection)} ${clauses}`)
  const rowOf = ([value, ...rest]: readonly unknown[]): AggregateRow => ({
    bucket: by === undefined ? null : toDate(instantOf(rest[0] as string)),
    key: perEntity ? keyOf(version, rest.slice(bucket.length)) : null,
    value: value === null ? null : (read(value) as AggregateRow['value']),
  })
  for await (const batch of rows) for (const row of batch) yield rowOf(row)
}

function checkOneOf(what: string, given: unknown, known: readonly string[]): void {
  if (!known.includes(given as string))
    throw new FstoreError('USAGE', `There is no ${what} "${String(given)}".`, { fix: `One of: ${known.join(', ')}.` })
}

const summable: readonly DataType[] = ['int64', 'float64', 'bool']
const ordered: readonly DataType[] = ['int64', 'float64', 'string', 'timestamp']

/** The SQL of an aggregate, and how JavaScript is to have it. @throws FstoreError USAGE */
function aggregated(name: string, feature: FeatureSnapshot, aggregation: AggregateRequest['aggregation']): Aggregated {
  const { dataType, as } = feature
  const column = columnOf(feature)
  if (aggregation === 'count') return { sql: `count(${column})`, read: Number }
  const isNumber = aggregation === 'sum' || aggregation === 'avg'
  if (!(isNumber ? summable : ordered).includes(dataType)) throw unfit(name, dataType, aggregation)
  const number = dataType === 'bool' ? `${column}::int` : column
  if (aggregation === 'avg') return { sql: `avg(${number})::float8`, read: Number }
  if (aggregation === 'sum')
    return dataType === 'float64'
      ? { sql: `sum(${number})`, read: Number }
      : { sql: `sum(${number})::text`, read: (text) => (as === 'bigint' ? BigInt : integerOf)(text as string) }
  // By bytes, so that no server's collation decides.
  const value = dataType === 'string' ? `${column} COLLATE "C"` : column
  return { sql: valueSql(feature, `${aggregation}(${value})`), read: (raw) => unpack(feature, raw) }
}

function unfit(name: string, dataType: DataType, aggregation: string): FstoreError {
  return new FstoreError('USAGE', `There is no ${aggregation} of ${name}.`, {
    why: `It is ${dataType}; sum and avg take ${summable.join(', ')}, min and max ${ordered.join(', ')}.`,
    fix: 'count takes any.',
  })
}
