/** Streams, whole. */

export async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

export async function* bytes(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}
