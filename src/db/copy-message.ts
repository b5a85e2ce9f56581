/** COPY … FROM STDIN in the wire protocol, for a server that takes messages only whole. */

/** The statement, its data and the end of the data as one message. */
export async function copyMessages(copySql: string, csv: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const messages = [message('Q', Buffer.from(`${copySql}\0`))]
  for await (const chunk of csv) messages.push(message('d', chunk))
  messages.push(message('c', Buffer.alloc(0)))
  return Buffer.concat(messages)
}

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
