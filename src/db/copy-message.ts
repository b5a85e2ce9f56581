/** COPY in the wire protocol, for PGlite, which takes and gives the protocol's own messages. */

import { DatabaseError } from './database.js'

/** The statement, its data and the end of the data as one message. */
export async function copyMessages(copySql: string, csv: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const messages = [queryMessage(copySql)]
  for await (const chunk of csv) messages.push(message('d', chunk))
  messages.push(message('c', Buffer.alloc(0)))
  return Buffer.concat(messages)
}

export function queryMessage(sql: string): Buffer {
  return message('Q', Buffer.from(`${sql}\0`))
}

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
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
    let at = 0
    while (bytes.length - at >= 5) {
      const end = at + 1 + bytes.readInt32BE(at + 1)
      if (end > bytes.length) break
      const [type, body] = [String.fromCharCode(bytes[at] as number), bytes.subarray(at + 5, end)]
      if (type === 'd') rows.push(body)
      else if (type === 'E') this.error = errorIn(body)
      at = end
    }
    // Every row is a message of its own: handed on together, they cost one write.
    if (rows.length > 0) this.#onData(Buffer.concat(rows))
    this.#rest = bytes.subarray(at)
  }
}

function errorIn(body: Buffer): DatabaseError {
  const fields = new Map(
    body
      .toString()
      .split('\0')
      .map((field) => [field[0], field.slice(1)]),
  )
  const position = fields.get('P')
  return new DatabaseError({
    code: fields.get('C') ?? 'XX000',
    message: fields.get('M') ?? '',
    detail: fields.get('D'),
    hint: fields.get('H'),
    position: position === undefined ? undefined : Number(position),
  })
}
