/** A part's output while another's is written: what the server prints meanwhile is held, up to a limit. */
const most = 8 * 2 ** 20

/** The pieces of `source`, read from the first call on, and yielded once `turn` has come. */
export async function* readAhead(
  source: AsyncIterable<Uint8Array>,
  turn: Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  let waiting = true
  const come = () => {
    waiting = false
  }
  turn.then(come, come)
  const held: Uint8Array[] = []
  let size = 0
  for await (const piece of source) {
    held.push(piece)
    size += piece.length
    if (waiting && size < most) continue
    await turn
    yield* held.splice(0)
  }
  await turn
  yield* held
}
