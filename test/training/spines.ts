/** What tests of spines share. */
import type { Database } from '../../src/db/database.js'

/** A text cut where nobody would: inside characters, too. */
export async function* pieces(content: string | Buffer, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content as string)
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

/** The spines that are there, in any schema: when no export is under way, none. */
export async function spineTables(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    { role: 'owner' },
    "SELECT relname AS name FROM pg_class WHERE relname LIKE 'fstore\\_spine\\_%'",
  )
  return rows.map(({ name }) => name)
}
