/** The values one feature of one entity has had. */
import { type InstantLike, instantFrom, toDate } from '../config/instant.js'
import { FstoreError } from '../errors.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { instantOf, jsonArraySql, unpack, valueSql } from '../registry/value.js'
import { askedFeature, type OfflineScope, selectionOf, type TimeRange } from './asked.js'
import { jsonRows } from './json-rows.js'
import { columnOf, fromHistory } from './selection.js'

export interface HistoryRequest extends TimeRange {
  /** `group.feature`, or `feature` where only one group has it; `group.feature@2` for a version that is not live. */
  readonly feature: string
  readonly key: unknown
  /** Rows; all when absent. */
  readonly limit?: number | undefined
  /** Superseded rows, too: what was corrected or retracted since. */
  readonly all?: boolean | undefined
  /** As the history stood at that instant, instead of as it stands now. */
  readonly knownAt?: InstantLike | undefined
}

/** Each instant as a Date, to the millisecond, and as its exact text, UTC. */
export interface HistoryRow<V = unknown> {
  readonly value: V | null
  /** As of when it is the value. */
  readonly eventTimestamp: Date
  readonly eventTimestampText: string
  /** When it was written. */
  readonly createdAt: Date
  readonly createdAtText: string
  /** When a correction or retraction took its place; null for a current row. */
  readonly supersededAt: Date | null
  readonly supersededAtText: string | null
}

/**
 * Newest first; of one instant, the row written last first.
 *
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY, USAGE, NOT_BUILT
 */
export async function* historyRows(scope: OfflineScope, request: HistoryRequest): AsyncGenerator<HistoryRow> {
  const { limit, all, key, knownAt } = request
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
    throw new FstoreError('USAGE', `The limit ${limit} is not a number of rows.`, {
      fix: 'Whole numbers from 1 will do.',
    })
  const known = knownAt === undefined ? undefined : instantFrom(knownAt)
  const { reference, version, feature } = await askedFeature(scope, request.feature)
  const selection = { ...selectionOf(reference.group.entity, { ...request, keys: [key] }), all, known }
  const values = [valueSql(feature, columnOf(feature)), 'h.event_timestamp', 'h.created_at', 'h.superseded_at']
  const rows = jsonRows(
    scope,
    `SELECT ${jsonArraySql(values)} ${fromHistory(scope, version, selection)}
     ORDER BY h.event_timestamp DESC, h.created_at DESC ${limit === undefined ? '' : `LIMIT ${limit}`}`,
  )
  for await (const batch of rows) for (const row of batch) yield rowOf(feature, row)
}

function rowOf(feature: FeatureSnapshot, [value, event, created, superseded]: readonly unknown[]): HistoryRow {
  const [eventTimestampText, createdAtText] = [instantOf(event as string), instantOf(created as string)]
  const supersededAtText = superseded === null ? null : instantOf(superseded as string)
  return {
    value: unpack(feature, value),
    eventTimestamp: toDate(eventTimestampText),
    eventTimestampText,
    createdAt: toDate(createdAtText),
    createdAtText,
    supersededAt: supersededAtText === null ? null : toDate(supersededAtText),
    supersededAtText,
  }
}
