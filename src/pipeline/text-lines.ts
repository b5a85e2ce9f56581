/** Lines of a file as they are read, some at a time. */

export interface TextLine {
  /** The first is 1. */
  readonly number: number
  readonly text: string
}

const batchSize = 1_000

/** Only a line feed ends a line: JSON may hold other separators unescaped. Empty lines are passed over. */
async function* textLines(content: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  let number = 0
  let begun: Uint8Array[] = []
  const line = (bytes: readonly Uint8Array[]): TextLine[] => {
    number++
    const text = Buffer.concat(bytes)
      .toString()
      .replace(number === 1 ? /^\uFEFF/ : '', '')
      .trim()
    return text === '' ? [] : [{ number, text }]
  }
  for await (const piece of content) {
    let start = 0
    for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, start)) {
      yield* line([...begun, piece.subarray(start, end)])
      begun = []
      start = end + 1
    }
    if (start < piece.length) begun.push(piece.subarray(start))
  }
  yield* line(begun)
}

export async function* lineBatches(content: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine[]> {
  let batch: TextLine[] = []
  for await (const line of textLines(content)) {
    batch.push(line)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** @returns what it holds; or what is wrong with it */
export function objectOf(text: string): Readonly<Record<string, unknown>> | readonly string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return ['is not JSON']
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return ['is not a JSON object']
  return parsed as Record<string, unknown>
}
