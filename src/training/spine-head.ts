/** How a spine begins: where that is all of it, it is small, and has been read before anything waits for it. */

/** Bytes; what is longer is read while it is loaded. */
const most = 4 * 2 ** 20

export interface SpineHead {
  /** The whole content, what was read included. */
  readonly content: AsyncIterable<Uint8Array>
  /** As many rows as it can have at most; infinitely many where it was not read to its end. */
  readonly rows: number
}

/** What goes wrong with the content is thrown when it is read again, not here. */
export async function readHead(source: AsyncIterable<Uint8Array>): Promise<SpineHead> {
  const pieces = source[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let size = 0
  while (size < most) {
    const next = pieces.next()
    const piece = await next.catch(() => undefined)
    if (piece === undefined) return { content: rest(held, pieces, next), rows: Number.POSITIVE_INFINITY }
    if (piece.done) {
      const whole = Buffer.concat(held)
      return { content: only(whole), rows: lines(whole) }
    }
    held.push(piece.value)
    size += piece.value.length
  }
  return { content: rest(held, pieces), rows: Number.POSITIVE_INFINITY }
}

async function* only(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  yield whole
}

async function* rest(
  held: readonly Uint8Array[],
  pieces: AsyncIterator<Uint8Array>,
  failed?: Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* held
    await failed
    for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) yield piece.value
  } finally {
    await pieces.return?.()
  }
}

/** More than there are rows where a cell holds line breaks. */
function lines(bytes: Uint8Array): number {
  let count = 1
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++
  return count
}

const newline = '\n'.charCodeAt(0)
