/** What must be there before a transform can run: the right to read its sources. */
import type { Database } from '../db/database.js'

/** The embedded database has one user, so fstore_app may read all of `public`; on a server its owner decides. */
export async function grantSources(db: Database): Promise<void> {
  if (db.kind !== 'pglite') return
  await db.transaction({ role: 'owner' }, (tx) =>
    tx.script('GRANT USAGE ON SCHEMA public TO fstore_app; GRANT SELECT ON ALL TABLES IN SCHEMA public TO fstore_app'),
  )
}
