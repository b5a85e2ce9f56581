/** Settings of a transaction that sorts and joins many rows at once, where only a part of its work does. */
import type { Transaction } from '../db/database.js'
import { forManyRows } from '../db/session.js'

export async function expectManyRows(tx: Transaction): Promise<void> {
  await tx.query(`SELECT ${forManyRows.join(', ')}`)
}
