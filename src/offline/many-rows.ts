/** Settings of a transaction that sorts and joins many rows at once. */
import type { Transaction } from '../db/database.js'

const memory = 32 * 2 ** 20

/**
 * Memory to sort in, where the server gives less, and no compiling: a plan of one small probe a row and partition costs
 * more to compile than to run.
 */
export async function expectManyRows(tx: Transaction): Promise<void> {
  await tx.query(
    `SELECT set_config('jit', 'off', true),
       set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), $1) / 1024 || 'kB', true)`,
    [memory],
  )
}
