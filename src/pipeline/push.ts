/** Pushed rows, in one transaction: base rows under the lock, folded here, written by one statement. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import type { Transaction } from '../db/database.js'
import { fold, type RowOutcome } from '../offline/push-fold.js'
import { foldedOf, loadRows, type TimedRow } from '../offline/push-load.js'
import type { Stamped } from '../offline/push-lock.js'
import { byName, type PushTarget } from '../offline/push-sql.js'
import { type LatestRow, type RejectedRow, writeRows } from '../offline/push-write.js'
import type { PushedRow } from '../offline/pushed-row.js'
import { packSql } from '../online/packed.js'
import { type Attempt, type LockedWrite, missingPartitions, tolerated, writeLocked } from './locked-write.js'

export interface Push extends LockedWrite {
  /** Rows of which all are written, or none. */
  readonly units: readonly (readonly PushedRow[])[]
}

/** `late`: so far ahead that it would be in the way of every later row; `withheld`: with one that is late. */
export type PushedOutcome = RowOutcome | { readonly status: 'late' | 'withheld' }

export interface Pushed {
  /** Of each row of each unit. */
  readonly outcomes: readonly PushedOutcome[]
  readonly latest: readonly LatestRow[]
}

/** @returns undefined where another version has become the live one: nothing is written then */
export async function push(run: Push): Promise<Pushed | undefined> {
  if (run.units.every((rows) => rows.length === 0)) return { outcomes: [], latest: [] }
  return writeLocked(run, (tx, held) => attempt(tx, run, held))
}

async function attempt(tx: Transaction, run: Push, held: Stamped): Promise<Attempt<Pushed>> {
  const { target } = run
  const { rows, timely, stray } = inTime(run, held)
  const lacks = missingPartitions(
    run,
    timely.map(({ instant }) => instant),
  )
  if (lacks.length > 0) return { lacks }
  if (timely.length === 0) return { done: { outcomes: rows.map(stray), latest: [] } }
  const loaded = await loadRows(tx, target, timely)
  if (loaded === undefined) return 'moved'
  const { outcomes, writes } = fold(loaded, foldedOf(target))
  const rejected = outcomes.flatMap((outcome, i) =>
    outcome.status === 'rejected' ? [rejectedRow(target, timely[i] as TimedRow, outcome.reasons)] : [],
  )
  const latest = await writeRows(tx, { target, stamp: held.stamp, writes, rejected, pack: packSql })
  let next = 0
  const all = rows.map((row) => (row === timely[next] ? (outcomes[next++] as RowOutcome) : stray(row)))
  return { done: { outcomes: all, latest } }
}

/** Every row with its instant, and those of units that have none that is late. */
function inTime({ units }: Push, { stamp, clock }: Stamped) {
  const now = toMicroseconds(stamp)
  const last = toMicroseconds(clock) + tolerated
  const isLate = ({ at, instant }: TimedRow) => at !== undefined && instant > last
  const timed = units.map((unit) =>
    unit.map((row): TimedRow => ({ ...row, instant: row.at === undefined ? now : toMicroseconds(row.at) })),
  )
  const stray = (row: TimedRow): PushedOutcome => ({ status: isLate(row) ? 'late' : 'withheld' })
  return { rows: timed.flat(), timely: timed.filter((unit) => !unit.some(isLate)).flat(), stray }
}

function rejectedRow(target: PushTarget, { key, instant, given }: TimedRow, reasons: readonly string[]): RejectedRow {
  const keys = Object.fromEntries(target.version.keys.map(({ name }, k) => [name, key[k]]))
  const content = { ...keys, event_timestamp: fromMicroseconds(instant), ...byName(target, given) }
  return { at: instant, reasons, content }
}
