/** What must be there before a transform can run: the right to read its sources, and the extension for vectors. */
import { type Database, DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from './compile.js'

/** The embedded database has one user, so fstore_app may read all of `public`; on a server its owner decides. */
export async function grantSources(db: Database): Promise<void> {
  if (db.kind !== 'pglite') return
  await db.transaction({ role: 'owner' }, (tx) =>
    tx.script('GRANT USAGE ON SCHEMA public TO fstore_app; GRANT SELECT ON ALL TABLES IN SCHEMA public TO fstore_app'),
  )
}

/** @throws FstoreError EXTENSION_MISSING */
export async function ensureVector(db: Database, groups: readonly CompiledGroup[]): Promise<void> {
  const needed = groups.some(({ group }) => group.features.some(({ dataType }) => dataType === 'embedding'))
  if (!needed) return
  try {
    await db.query({ role: 'owner' }, 'CREATE EXTENSION IF NOT EXISTS vector')
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    throw new FstoreError('EXTENSION_MISSING', 'The config has embeddings, and the server has no pgvector.', {
      why: error.message,
      fix: 'Install pgvector on the server and run CREATE EXTENSION vector as its superuser.',
    })
  }
}
