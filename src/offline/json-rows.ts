/** The rows of a SELECT as they come, by the one way that is fast and flat in memory on every database. */
import { byteStream } from '../db/byte-stream.js'
import type { Database } from '../db/database.js'
import { jsonLines } from '../db/json-lines.js'

/** @param select of one column, a JSON array. While its rows are read, a server's connection is held. */
export async function* jsonRows(
  { db, tenant }: { readonly db: Database; readonly tenant: string },
  select: string,
): AsyncGenerator<readonly unknown[]> {
  // CSV with control characters for its marks leaves JSON as it is.
  const copySql = `COPY (${select}) TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`
  const bytes = byteStream(db, (sink) =>
    db.transaction({ role: 'app', tenant, readOnly: true }, async (tx) => {
      for await (const piece of tx.copyTo(copySql)) await sink(piece)
    }),
  )
  yield* jsonLines<readonly unknown[], void>(bytes)
}
