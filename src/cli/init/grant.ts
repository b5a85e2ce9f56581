/** Lets fstore's role read a table, which it needs before a build. */
import { type Database, DatabaseError } from '../../db/database.js'
import { FstoreError } from '../../errors.js'
import { readSourceTables, type SourceTable } from './source-table.js'

/** What is lacking after the attempt. */
export interface Granting {
  readonly grants: readonly string[]
  /** Why it came to nothing. */
  readonly error?: FstoreError
}

/** The files are written by then: a database that refuses leaves steps for someone with more rights. */
export async function tryGranting(db: Database, table: SourceTable, own: string): Promise<Granting> {
  try {
    return { grants: await grantReading(db, table, own) }
  } catch (error) {
    const refused = refusal(error, table)
    if (refused === undefined) throw error
    return { grants: table.grants, error: refused }
  }
}

function refusal(error: unknown, { sql, grants }: SourceTable): FstoreError | undefined {
  if (error instanceof FstoreError && error.code === 'PERMISSION_DENIED') return error
  if (!(error instanceof DatabaseError) || error.code !== '42501') return undefined
  return new FstoreError('PERMISSION_DENIED', `The database user may not let fstore read ${sql}.`, {
    why: error.message,
    fix: `Its owner may: ${grants.join(' ')}`,
    cause: error,
  })
}

/**
 * @param own the schema of fstore's tables
 * @returns the GRANTs that are lacking all the same: a user who may not give them on is only warned by PostgreSQL
 */
export async function grantReading(
  db: Database,
  { schema, name, grants }: SourceTable,
  own: string,
): Promise<readonly string[]> {
  const { migrate } = await import('../../db/migrate.js')
  await migrate({ db, schema: own })
  for (const statement of grants) await db.query({ role: 'owner' }, statement)
  const tables = await readSourceTables(db)
  return tables.find((table) => table.schema === schema && table.name === name)?.grants ?? grants
}
