/** The database whose tables init offers. */
import { join } from 'node:path'
import type { Database } from '../../db/database.js'
import { FstoreError } from '../../errors.js'
import { printWarning } from '../output.js'
import type { SourceTable } from './source-table.js'
import type { Surroundings } from './surroundings.js'

export interface Source {
  readonly db: Database
  readonly tables: readonly SourceTable[]
}

/**
 * @param isNeeded without it a database that cannot be reached is only told of
 * @throws FstoreError USAGE, DATABASE_UNREACHABLE
 */
export async function openSource(around: Surroundings, isNeeded: boolean): Promise<Source | undefined> {
  const url = (around.directUrl ?? around.database)?.url
  if (url === undefined) {
    if (!isNeeded) return undefined
    throw new FstoreError('USAGE', 'There is no database whose tables could be looked at.', {
      why: 'DATABASE_URL is set neither in the environment nor in .env or .env.local of the folder.',
      fix: 'Set it to the URL of your PostgreSQL, or start from an example with --template.',
    })
  }
  const { openDatabase } = await import('../../db/open.js')
  const { readSourceTables } = await import('./source-table.js')
  let db: Database | undefined
  try {
    db = openDatabase({ url, directory: join(around.directory, '.fstore', 'pglite') })
    return { db, tables: await readSourceTables(db) }
  } catch (error) {
    await db?.close()
    if (isNeeded || !(error instanceof FstoreError)) throw error
    printWarning(`${[error.message, error.why].filter(Boolean).join(' ')} Its tables cannot be offered.`)
    return undefined
  }
}
