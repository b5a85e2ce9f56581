/** Lets fstore's role read a table, which it needs before a build. */
import type { Database } from '../../db/database.js'
import { readSourceTables, type SourceTable } from './source-table.js'

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
