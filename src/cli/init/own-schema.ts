/** The schema for a project's tables: another project's is not its to use. */
import type { Database } from '../../db/database.js'
import { identifier } from '../../db/sql.js'

/** @returns `fstore`, or a name of the project's own where another project has that */
export async function ownSchema(db: Database, project: string): Promise<string> {
  const own = `fstore_${project.replaceAll('-', '_')}`.slice(0, 40)
  return (await isFree(db, 'fstore', project)) ? 'fstore' : own
}

/** Nobody's yet, or the project's already. What the user may not look into is somebody else's. */
async function isFree(db: Database, schema: string, project: string): Promise<boolean> {
  const session = { role: 'owner', readOnly: true } as const
  const { rows } = await db.query<{ may: boolean }>(
    session,
    `SELECT has_schema_privilege(namespace.oid, 'USAGE') AND has_table_privilege(class.oid, 'SELECT') AS may
     FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = relnamespace
     WHERE nspname = $1 AND relname = 'store'`,
    [schema],
  )
  const [store] = rows
  if (store === undefined || !store.may) return store === undefined
  const claimed = await db.query<{ project: string | null }>(
    session,
    `SELECT project FROM ${identifier(schema, 'store')}`,
  )
  return [project, null, undefined].includes(claimed.rows[0]?.project)
}
