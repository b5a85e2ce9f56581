/** Which row of a table cannot be read: the server says only that one cannot. */
import { DatabaseError, type Transaction } from '../db/database.js'
import { ordinal } from '../offline/spine-table.js'

/** What `work` gives; or, with its changes undone, what the server said of a value that it could not read. */
export async function attempt<T>(
  tx: Transaction,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly error: DatabaseError }> {
  await tx.script('SAVEPOINT fstore_attempt')
  try {
    const value = await work()
    await tx.script('RELEASE SAVEPOINT fstore_attempt')
    return { value }
  } catch (error) {
    if (!isDataError(error)) throw error
    await tx.script('ROLLBACK TO SAVEPOINT fstore_attempt; RELEASE SAVEPOINT fstore_attempt')
    return { error }
  }
}

/** Class 22 of SQLSTATE: a value is at fault, not the statement. */
export function isDataError(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code.startsWith('22')
}

/** The ordinal of the first row for which the expressions have no value, found by halving. */
export async function firstBadRow(tx: Transaction, table: string, expressions: readonly string[]): Promise<number> {
  const { rows } = await tx.query<{ first: number; last: number }>(
    `SELECT min(${ordinal}) AS first, max(${ordinal}) AS last FROM ${table}`,
  )
  let { first, last } = rows[0] as { first: number; last: number }
  while (first < last) {
    const middle = Math.floor((first + last) / 2)
    const half = `SELECT count(ROW(${expressions.join(', ')})) FROM ${table} WHERE ${ordinal} BETWEEN ${first} AND ${middle}`
    if ('error' in (await attempt(tx, () => tx.query(half)))) last = middle
    else first = middle + 1
  }
  return first
}
