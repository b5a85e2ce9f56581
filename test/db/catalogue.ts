/** What two databases are compared by. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Database, Row } from '../../src/db/database.js'
import { onPath } from '../servers/binary.mjs'
import { asSuperuser } from '../servers/databases.js'

/** Everything in a project's schemas that has a name, with its owner and its rights, and the ledger. */
export async function catalogue(db: Database, schema = 'fstore'): Promise<Row[]> {
  const { rows } = await db.query(
    { role: 'owner' },
    `WITH schemas AS (SELECT * FROM pg_namespace WHERE nspname = ANY ($1))
     SELECT 'schema' AS kind, nspname::text AS name, nspowner::regrole::text AS owner, nspacl::text AS what FROM schemas
     UNION ALL SELECT 'relation', c.oid::regclass::text, relowner::regrole::text,
       concat_ws(' ', relkind, relacl, relrowsecurity, relforcerowsecurity, reloptions) FROM pg_class c JOIN schemas s ON relnamespace = s.oid
     UNION ALL SELECT 'column', concat(attrelid::regclass, '.', attname), '',
       concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation, pg_get_expr(adbin, adrelid))
       FROM pg_attribute a LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
       JOIN pg_class c ON c.oid = attrelid JOIN schemas s ON relnamespace = s.oid WHERE attnum > 0
     UNION ALL SELECT 'constraint', concat(conrelid::regclass, '.', conname), '', pg_get_constraintdef(c.oid)
       FROM pg_constraint c JOIN schemas s ON connamespace = s.oid
     UNION ALL SELECT 'policy', concat(polrelid::regclass, '.', polname), '',
       concat_ws(' ', polcmd, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
       FROM pg_policy p JOIN pg_class c ON c.oid = polrelid JOIN schemas s ON relnamespace = s.oid
     UNION ALL SELECT 'function', p.oid::regprocedure::text, proowner::regrole::text, concat_ws(' ', proacl, prosrc)
       FROM pg_proc p JOIN schemas s ON pronamespace = s.oid
     UNION ALL SELECT 'migration', version::text, name, checksum FROM ${schema}.migrations
     ORDER BY 1, 2, 3, 4`,
    [[schema, `${schema}_offline`, `${schema}_online`]],
  )
  return rows
}

/** Runs a script with psql, stopping at nothing, as a DBA would; through the driver where there is no psql. */
export async function runSql(url: string, script: string): Promise<void> {
  const psql = onPath('psql')
  if (psql === undefined) return asSuperuser(url, script)
  const child = spawn(psql, ['-X', '-q', url], { stdio: ['pipe', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  child.stdin.end(script)
  await once(child, 'close')
  if (/ERROR|FATAL/.test(output)) throw new Error(output)
}
