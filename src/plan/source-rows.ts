/** Rows of a group's source tables, without leaving a trace in the database. */
import { fromMicroseconds, parseInstant, toMicroseconds } from '../config/instant.js'
import { keyTexts } from '../config/key.js'
import { findGroup } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { type CompiledGroup, compileProject } from '../offline/compile.js'
import { type SourceTable, sourceRows } from '../offline/source-rows.js'
import { sqlError } from '../offline/sql-error.js'
import { floorTo } from '../pipeline/window.js'
import { Statement } from '../transform/statement.js'
import { requireComputed } from './computed.js'
import type { BuildScope } from './execute.js'

/** The group whose source rows are wanted, for whom and as of when. */
export interface SourceRowsOptions {
  readonly group: string
  /** The last window that ends at or before it. */
  readonly at: string
  /** Only rows of this entity, of tables that have its keys. */
  readonly key?: unknown
  /** Only rows with a timestamp from then on, up to the end of the window, of tables that have timestamps. */
  readonly since?: string | undefined
  /** Rows of one table; 1,000 when absent. */
  readonly limit?: number | undefined
}

class Undo extends Error {
  constructor(readonly tables: SourceTable[]) {
    super()
  }
}

/** @throws FstoreError NAME_UNKNOWN, NOT_COMPUTED, USAGE, KEY_INVALID, TIMESTAMP_INVALID, SOURCE_DENIED, SQL_FAILED, NOT_BUILT */
export async function groupSources(scope: BuildScope, options: SourceRowsOptions): Promise<SourceTable[]> {
  const { db, tenant, project } = scope
  const { limit = 1_000, group: name } = options
  findGroup(project, name)
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new FstoreError('USAGE', `The limit ${limit} is not a number of rows.`, {
      fix: 'Whole numbers from 1 will do.',
    })
  const compiled = (await compileProject(scope)).find(({ group }) => group.name === name) as CompiledGroup
  requireComputed(compiled.group)
  const { every, entity } = compiled.group
  const end = floorTo(toMicroseconds(parseInstant(options.at)), every)
  const window = { start: fromMicroseconds(end - BigInt(every) * 1_000_000n), end: fromMicroseconds(end) }
  const key = options.key === undefined ? undefined : keyTexts(entity, options.key)
  const since = options.since === undefined ? undefined : parseInstant(options.since)
  try {
    await db.transaction({ role: 'owner', tenant }, async (tx) => {
      throw new Undo(await sourceRows(tx, compiled, { ...window, tenant, key, since, limit }))
    })
  } catch (error) {
    if (error instanceof Undo) return error.tables
    throw sqlError(error, new Statement(), compiled)
  }
  throw new FstoreError('INTERNAL', 'A transaction that was to be rolled back was not.')
}
