/** The rows of a SELECT as they come, by the one way that is fast and flat in memory on every database. */
import { byteStream } from '../db/byte-stream.js'
import type { Database } from '../db/database.js'
import { jsonBatches } from '../db/json-lines.js'

/**
 * As many rows at a time as have come. While they are read, a server's connection is held.
 *
 * @param select of one column, a JSON array
 */
export function jsonRows(
  { db, tenant }: { readonly db: Database; readonly tenant: string },
  select: string,
): AsyncGenerator<(readonly unknown[])[], void> {
  // CSV with control characters for its marks leaves JSON as it is.
  const copySql = `COPY (${select}) TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`
  const bytes = byteStream(db, (sink) =>
    db.transaction({ role: 'app', tenant, readOnly: true }, async (tx) => {
      for await (const piece of tx.copyTo(copySql)) await sink(piece)
    }),
  )
  return jsonBatches(bytes)
}
