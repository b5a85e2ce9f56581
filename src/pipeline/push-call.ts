/** One call that pushes rows: read before they are written, and answered after. */
import { type ErrorCode, FstoreError } from '../errors.js'
import { type PushedRow, type PushRow, readRow, readRows } from '../offline/pushed-row.js'
import type { ReadableVersion } from '../registry/catalog.js'
import { ahead } from './locked-write.js'
import type { PushedOutcome } from './push.js'
import type { QueuedCall } from './write-queue.js'

/** Where the newest values are by the time a push has returned; `pending`: Redis gets them later. */
export type OnlineState = 'redis' | 'latest' | 'pending'

/** How many rows were written or unchanged, which were rejected, and where they can be read by then. */
export interface PushResult {
  /** Rows that changed what the store holds. */
  readonly written: number
  /** Rows that were there already, values and instant. */
  readonly unchanged: number
  /** Rows that broke a rule, by their place in the call. They are kept among the rejected rows. */
  readonly rejected: readonly { readonly row: number; readonly reasons: readonly string[] }[]
  /** Where the newest values can be read by now. */
  readonly online: OnlineState
}

export interface PushCall extends QueuedCall {
  readonly rows: readonly PushRow[]
  /** A row that cannot be read is a rejected row; else it fails the call, and nothing of it is written. */
  readonly lenient: boolean
  readonly resolve: (result: PushResult) => void
}

/** A call whose rows were read against a version: those that can be written, and what is wrong with the others. */
export interface ReadCall {
  readonly call: PushCall
  readonly rows: readonly (PushedRow | readonly string[])[]
  /** What fails the call. */
  readonly error?: FstoreError
}

export function readCall(version: ReadableVersion, call: PushCall): ReadCall {
  if (call.lenient) return { call, rows: call.rows.map((row) => readLenient(version, row)) }
  try {
    return { call, rows: readRows(version, call.rows) }
  } catch (error) {
    if (error instanceof FstoreError) return { call, rows: [], error }
    throw error
  }
}

function readLenient(version: ReadableVersion, row: PushRow): PushedRow | readonly string[] {
  const reasons: string[] = []
  const say = (_: ErrorCode, place: string, message: string) =>
    reasons.push(`${place.replace('features.', '').replace('eventTimestamp', 'event_timestamp')} ${message}`)
  return readRow(version, row, say) ?? reasons
}

/** What is to be written all or not at all: a call, or of a lenient one each row. */
export function unitsOf({ call, rows }: ReadCall): (readonly PushedRow[])[] {
  const sound = rows.filter((row): row is PushedRow => !Array.isArray(row))
  return call.lenient ? sound.map((row) => [row]) : [sound]
}

/** @param outcomes of the rows of all calls, from which those of this one are taken */
export function settle({ call, rows, error }: ReadCall, outcomes: Iterator<PushedOutcome>, online: OnlineState): void {
  const own = rows.map((row) =>
    Array.isArray(row) ? rejectedFor(row) : outcomeOf(outcomes.next().value, call.lenient),
  )
  const late = own.findIndex(({ status }) => status === 'late')
  const rejected = own.flatMap((outcome, row) =>
    outcome.status === 'rejected' ? [{ row, reasons: outcome.reasons }] : [],
  )
  const count = (status: PushedOutcome['status']) => own.filter((outcome) => outcome.status === status).length
  if (error !== undefined) call.reject(error)
  else if (late !== -1) call.reject(lateRow(late))
  else call.resolve({ written: count('written'), unchanged: count('unchanged'), rejected, online })
}

function outcomeOf(outcome: PushedOutcome, lenient: boolean): PushedOutcome {
  return lenient && outcome.status === 'late' ? rejectedFor([`event_timestamp ${ahead}`]) : outcome
}

function rejectedFor(reasons: readonly string[]): PushedOutcome {
  return { status: 'rejected', reasons }
}

function lateRow(row: number): FstoreError {
  return new FstoreError('TIMESTAMP_INVALID', `rows[${row}].eventTimestamp ${ahead}.`, {
    why: 'The row would stay the newest until then, and hide every later push. Nothing of the call was written.',
    fix: 'Leave eventTimestamp out to stamp the row when it is written, or correct the clock.',
  })
}
