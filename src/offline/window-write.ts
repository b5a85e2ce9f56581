/** One window to be written, and the SQL that every way of writing it shares. */
import type { Statement } from '../transform/statement.js'
import type { Schemas } from './feature-table.js'
import { insideWindow, type WindowRows } from './yielded.js'

export interface WindowWrite extends WindowRows {
  readonly schemas: Schemas
  /** The write stamp: `created_at` of what is new, `superseded_at` of what is replaced. */
  readonly stamp: string
  readonly jobId: number
  /** The window has run before: compare, and touch only what differs. */
  readonly again: boolean
}

export interface Written {
  /** Rows the transform yielded. */
  readonly processed: number
  readonly written: number
  readonly superseded: number
  readonly rejected: number
}

export function addCounts(statement: Statement, write: WindowWrite, superseded: string, duplicates: string): void {
  const outside = write.shape.ownTimestamp
    ? `(SELECT event_timestamp::text FROM yielded WHERE fstore_reasons IS NULL
        AND NOT (${insideWindow(statement, write)}) LIMIT 1)`
    : 'NULL'
  statement.add(`\nSELECT (SELECT count(*) FROM yielded) AS processed, (SELECT count(*) FROM written) AS written,
    ${superseded} AS superseded, (SELECT count(*) FROM faulty) AS rejected, ${outside} AS outside,
    ${duplicates} AS duplicate`)
}

export function replaceLatest({ compiled: { table } }: WindowWrite): string {
  const stamps = ['event_timestamp', 'created_at', 'superseded_at', 'job_id', 'written_at']
  const columns = [...stamps, ...table.features].map((column) => `${column} = excluded.${column}`)
  return [...columns, 'xid = pg_current_xact_id()'].join(', ')
}
