/**
 * Room in the server's lock table. A transaction that reads a history locks every partition of it and their indexes
 * until it ends, and the table is shared: were it full, the application's own queries would fail, too.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Result, Transaction } from '../db/database.js'

export interface LockRoom {
  /** A transaction takes so many locks that only few may run at a time. */
  readonly isTight: boolean
  /** Waits until there is room for the transaction, which holds its place until it ends. */
  enter(tx: Transaction, whileWaiting: () => void): Promise<void>
}

type Ask = (sql: string, parameters: readonly unknown[]) => Promise<Pick<Result, 'rows'>>

const ample: LockRoom = { isTight: false, enter: async () => {} }

/** A partition has two indexes. */
const locksOfPartition = 3
/** As many transactions at once as nobody needs to count. */
const unworthyOfCounting = 32
/** Milliseconds; a reader of several exports in lockstep must not wait for itself for ever. */
const patience = 600_000
const tryEvery = 100

/** @param tables quoted names of the histories that one transaction reads */
export async function lockRoom(kind: Database['kind'], ask: Ask, tables: readonly string[]): Promise<LockRoom> {
  if (kind === 'pglite') return ample
  // The table holds twice as many: half of it is left to everybody else.
  const { rows } = await ask(
    `SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int AS room,
       (SELECT count(*) FROM pg_inherits WHERE inhparent IN (SELECT to_regclass(t) FROM unnest($1::text[]) AS t))
         AS partitions`,
    [tables],
  )
  const { room, partitions } = rows[0] as { room: number; partitions: number }
  const needed = partitions * locksOfPartition
  if (needed * unworthyOfCounting <= room) return ample
  const places = Math.max(1, Math.floor(room / needed))
  return { isTight: true, enter: (tx, whileWaiting) => takePlace(tx, places, whileWaiting) }
}

async function takePlace(tx: Transaction, places: number, whileWaiting: () => void): Promise<void> {
  for (let waited = 0; waited < patience; waited += tryEvery) {
    const { rows } = await tx.query(
      `SELECT FROM generate_series(1, $1) AS place
       WHERE pg_try_advisory_xact_lock(hashtext('fstore.lock_room'), place) LIMIT 1`,
      [places],
    )
    if (rows.length > 0) return
    whileWaiting()
    await sleep(tryEvery)
  }
}
