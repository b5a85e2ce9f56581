/** The schema for a project's tables: another project's is not its to use. */
import type { Database } from '../../db/database.js'
import { identifier } from '../../db/sql.js'

/** @returns `fstore`, or a name of the project's own where another project has that */
export async function ownSchema(db: Database, project: string): Promise<string> {
  const own = `fstore_${project.replaceAll('-', '_')}`.slice(0, 40)
  for (const schema of ['fstore', own]) {
    const owner = await ownerOf(db, schema)
    if (owner === undefined || owner === project) return schema
  }
  return own
}

/** Undefined also where the user may not look, which a build tells of. */
async function ownerOf(db: Database, schema: string): Promise<string | undefined> {
  const session = { role: 'owner', readOnly: true } as const
  const { rows } = await db.query(
    session,
    `SELECT 1 FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = relnamespace
     WHERE nspname = $1 AND relname = 'store' AND has_schema_privilege(namespace.oid, 'USAGE')
       AND has_table_privilege(class.oid, 'SELECT')`,
    [schema],
  )
  if (rows.length === 0) return undefined
  const store = identifier(schema, 'store')
  const claimed = await db.query<{ project: string | null }>(session, `SELECT project FROM ${store}`)
  return claimed.rows[0]?.project ?? undefined
}
