const mark = Buffer.from('\uFEFF')

/** The bytes of a text without the mark that some programs put before it. */
export async function* withoutMark(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const piece of content) {
    if (head === undefined) {
      yield piece
      continue
    }
    head = Buffer.concat([head, piece])
    if (head.length < mark.length) continue
    yield head.subarray(head.indexOf(mark) === 0 ? mark.length : 0)
    head = undefined
  }
  if (head !== undefined && head.length > 0) yield head
}
