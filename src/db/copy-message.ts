/** COPY in the wire protocol, for PGlite, which takes and gives the protocol's own messages. */

import type { DatabaseError } from './database.js'
import { databaseError } from './failure.js'
import { eachMessage, errorIn, message, query } from './protocol.js'

/** The statement, its data and the end of the data as one message. */
export async function copyMessages(copySql: string, csv: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const messages = [query(copySql)]
  for await (const chunk of csv) messages.push(message('d', chunk))
  messages.push(message('c', Buffer.alloc(0)))
  return Buffer.concat(messages)
}

/** Reads the messages that answer COPY … TO STDOUT, however they are cut, and hands on the data of the rows. */
export class CopyReader {
  readonly #onData: (data: Uint8Array) => void
  #rest: Buffer = Buffer.alloc(0)
  /** What the server refused, if it did. */
  error: DatabaseError | undefined

  constructor(onData: (data: Uint8Array) => void) {
    this.#onData = onData
  }

  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    const rows: Uint8Array[] = []
    const read = eachMessage(bytes, (type, body) => {
      if (type === 'd') rows.push(body)
      else if (type === 'E') this.error = databaseError(errorIn(body))
    })
    // Every row is a message of its own: handed on together, they cost one write.
    if (rows.length > 0) this.#onData(Buffer.concat(rows))
    this.#rest = bytes.subarray(read)
  }
}
