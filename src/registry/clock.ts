/** The database's clock, which says what is over, expired or past its retention. */
import { toMicroseconds } from '../config/instant.js'
import type { Transaction } from '../db/database.js'

/** Microseconds since 1970. */
export async function readClock(tx: Transaction): Promise<bigint> {
  const { rows } = await tx.query<{ now: string }>('SELECT clock_timestamp() AS now')
  return toMicroseconds((rows[0] as { now: string }).now)
}
