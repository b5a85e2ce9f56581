/** pgvector, which only embeddings need: looked for before anything is written, and created where the user may. */
import type { GroupSpec } from '../config/project.js'
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'

type Declared = readonly Pick<GroupSpec, 'features'>[]

/** Where hosts keep extensions, if they keep them apart; sessions look there, too. */
const apart = 'extensions'

export function hasEmbedding(groups: Declared): boolean {
  return groups.some(({ features }) => features.some(({ dataType }) => dataType === 'embedding'))
}

/** `installed` in this database; `available` on the server, for whoever may create it; or not there at all. */
export type VectorState = 'installed' | 'available' | 'absent'

export async function vectorState(db: Database): Promise<VectorState> {
  return db.transaction({ role: 'owner', readOnly: true }, look)
}

async function look(tx: Transaction): Promise<VectorState> {
  const { rows } = await tx.query<{ state: VectorState }>(
    `SELECT CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN 'installed'
       WHEN EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN 'available'
       ELSE 'absent' END AS state`,
  )
  return rows[0]?.state as VectorState
}

/** For what changes nothing in the database. @throws FstoreError EXTENSION_MISSING where nobody could create it */
export async function expectVector(db: Database, groups: Declared): Promise<void> {
  if (hasEmbedding(groups) && (await vectorState(db)) === 'absent') throw vectorMissing('absent')
}

/** @throws FstoreError EXTENSION_MISSING where it is neither there nor this user's to create */
export async function ensureVector(db: Database, groups: Declared): Promise<void> {
  if (!hasEmbedding(groups)) return
  const state = await vectorState(db)
  if (state === 'installed') return
  if (state === 'absent') throw vectorMissing(state)
  try {
    await db.transaction({ role: 'owner' }, async (tx) => {
      const { rows } = await tx.query<{ there: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS there', [apart])
      await tx.script(`CREATE EXTENSION IF NOT EXISTS vector ${rows[0]?.there === true ? `SCHEMA ${apart}` : ''}`)
    })
  } catch (error) {
    // Another process may have been faster.
    if ((await vectorState(db)) === 'installed') return
    throw error instanceof DatabaseError ? vectorMissing(state, error.message) : error
  }
}

/** The role that data is written as must find its types. @throws FstoreError PERMISSION_DENIED */
export async function grantVector(db: Database, groups: Declared): Promise<void> {
  if (!hasEmbedding(groups)) return
  const before = await placeOf(db)
  if (before === undefined || before.usable) return
  const grant = `GRANT USAGE ON SCHEMA ${identifier(before.schema)} TO fstore_app`
  await db.query({ role: 'owner' }, grant).catch((error: unknown) => {
    if (!(error instanceof DatabaseError) || error.code !== '42501') throw error
  })
  // Whoever may use a schema and not grant it is told so in a warning.
  if ((await placeOf(db))?.usable === true) return
  throw new FstoreError('PERMISSION_DENIED', `fstore may not use the schema "${before.schema}", where pgvector is.`, {
    why: 'Data is read and written as the role fstore_app.',
    fix: `As the owner of that schema: ${grant};`,
  })
}

async function placeOf(db: Database): Promise<{ readonly schema: string; readonly usable: boolean } | undefined> {
  const { rows } = await db.query<{ schema: string; usable: boolean }>(
    { role: 'owner', readOnly: true },
    `SELECT n.nspname AS schema, has_schema_privilege('fstore_app', n.oid, 'USAGE') AS usable
     FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'vector'`,
  )
  return rows[0]
}

export function vectorMissing(state: Exclude<VectorState, 'installed'>, why?: string): FstoreError {
  if (state === 'absent')
    return new FstoreError('EXTENSION_MISSING', 'The config has embeddings, and the server has no pgvector.', {
      why: 'Embeddings are columns of its type, vector.',
      fix: 'Install it (Debian and Ubuntu: postgresql-<version>-pgvector; hosts list it as "vector" or "pgvector"), then as a superuser: CREATE EXTENSION vector;',
    })
  return new FstoreError('EXTENSION_MISSING', 'The config has embeddings, and this database lacks pgvector.', {
    why: why ?? 'The server has it, and this database has not created it yet.',
    fix: "As a superuser, or in your host's console: CREATE EXTENSION vector;",
  })
}
