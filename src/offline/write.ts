/** One window's rows, from a group's SQL into history and latest, in the transaction of the caller. */
import type { Transaction } from '../db/database.js'
import { FstoreError } from '../errors.js'
import type { Statement } from '../transform/statement.js'
import { append } from './append.js'
import type { CompiledGroup } from './compile.js'
import { duplicate, mayBeDuplicate } from './duplicate.js'
import { deriveLatest, rewrite } from './rewrite.js'
import { sqlError } from './sql-error.js'
import type { WindowWrite, Written } from './window-write.js'
import { stage, type WindowRows } from './yielded.js'

/** Computes the rows of a window that are to be written later in the same transaction. @throws FstoreError as writing does */
export async function stageWindow(tx: Transaction, window: WindowRows): Promise<void> {
  await run(tx, stage(window), window.compiled)
}

/**
 * @throws FstoreError TRANSFORM_OUTSIDE_WINDOW, TRANSFORM_DUPLICATE, TOO_MANY_REJECTED, SQL_FAILED, SOURCE_DENIED, or
 * a DatabaseError that `mayBeDuplicate`; the caller's transaction must then be rolled back
 */
export async function writeWindow(tx: Transaction, write: WindowWrite): Promise<Written> {
  const statement = write.again ? rewrite(write) : append(write)
  const { rows } = await run(tx, statement, write.compiled)
  const counts = rows[0] as Counts
  check(write, counts)
  if (write.again && counts.written + counts.superseded > 0) await run(tx, deriveLatest(write), write.compiled)
  const { processed, written, superseded, rejected } = counts
  return { processed, written, superseded, rejected }
}

interface Counts extends Written {
  readonly outside: string | null
  readonly duplicate: string | null
}

async function run(tx: Transaction, statement: Statement, compiled: CompiledGroup) {
  try {
    return await tx.query(statement.text, statement.parameters)
  } catch (error) {
    throw mayBeDuplicate(error) ? error : sqlError(error, statement, compiled)
  }
}

function check({ compiled, bindings }: WindowWrite, counts: Counts): void {
  const { group } = compiled
  if (counts.outside !== null)
    throw new FstoreError('TRANSFORM_OUTSIDE_WINDOW', `${group.name} yields the event_timestamp ${counts.outside}.`, {
      why: `It lies outside its window [${bindings.start_time}, ${bindings.end_time}), so a later run could not tell whose row it is, and a training set could see it too early.`,
      fix: 'Filter the source by :start_time and :end_time, or leave event_timestamp out to stamp rows with the end.',
    })
  if (counts.duplicate !== null) throw duplicate(compiled, counts.duplicate)
  if (group.maxRejected !== undefined && counts.rejected > group.maxRejected)
    throw new FstoreError('TOO_MANY_REJECTED', `${counts.rejected} rows of ${group.name} broke their rules.`, {
      why: `maxRejected allows ${group.maxRejected} in one window. Nothing of the window was written.`,
      fix: `Look at the rows with: fstore preview ${group.name} --at ${bindings.end_time}`,
    })
}
