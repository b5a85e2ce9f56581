/** An entity that a transform yields twice for one instant. */
import { DatabaseError, type Transaction } from '../db/database.js'
import { FstoreError } from '../errors.js'
import { Statement } from '../transform/statement.js'
import type { CompiledGroup } from './compile.js'
import { sqlError } from './sql-error.js'
import { addYielded, type WindowRows } from './yielded.js'

/** Two rows hit the primary key of history, or the upsert into latest, whichever comes first. */
export function mayBeDuplicate(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === '23505' || error.code === '21000')
}

/**
 * Why a window failed that may hold a duplicate. Its own transaction cannot be asked any more, and the server names no
 * values of a table with row-level security; so the SQL runs once more, and may fail for what was wrong all along.
 */
export async function explainDuplicate(tx: Transaction, window: WindowRows): Promise<unknown> {
  const { compiled } = window
  const statement = new Statement().add('WITH ')
  addYielded(statement, window)
  statement.add(`fstore_twice AS (${duplicates(compiled)}) SELECT * FROM fstore_twice`)
  try {
    const { rows } = await tx.query<{ keys: string }>(statement.text, statement.parameters)
    return duplicate(compiled, rows[0]?.keys)
  } catch (error) {
    return sqlError(error, statement, compiled)
  }
}

/** The keys of one entity that `valid` has twice. */
export function duplicates({ table: { keys } }: CompiledGroup): string {
  const identity = [...keys, 'event_timestamp'].join(', ')
  return `SELECT concat_ws(', ', ${keys.join(', ')}) AS keys FROM valid GROUP BY ${identity} HAVING count(*) > 1 LIMIT 1`
}

export function duplicate({ group }: CompiledGroup, values: string | undefined): FstoreError {
  const keys = group.entity.keys.map((key) => key.name).join(', ')
  return new FstoreError('TRANSFORM_DUPLICATE', `The SQL of ${group.name} yields one entity twice.`, {
    why:
      values === undefined
        ? 'A group has one row for each entity and instant.'
        : `There are several rows for (${keys}) = (${values}).`,
    fix: `GROUP BY ${keys}, or SELECT DISTINCT ON (${keys}).`,
  })
}
