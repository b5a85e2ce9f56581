/** The first line of a CSV: the names of its columns. */

export interface CsvHeader {
  readonly names: readonly string[]
  /** Lines of the file that it takes; more than one where a name holds a line break. */
  readonly lines: number
  /** The whole content, header included. */
  readonly content: AsyncIterable<Uint8Array>
}

export async function readHeader(source: AsyncGenerator<Uint8Array>): Promise<CsvHeader> {
  const read: Uint8Array[] = []
  const line: Uint8Array[] = []
  let quoted = false
  for (let piece = await source.next(); !piece.done; piece = await source.next()) {
    read.push(piece.value)
    const end = piece.value.findIndex((byte) => {
      if (byte === quote) quoted = !quoted
      return byte === newline && !quoted
    })
    line.push(end === -1 ? piece.value : piece.value.subarray(0, end))
    if (end !== -1) break
  }
  const text = Buffer.concat(line).toString()
  const rest = async function* () {
    yield* read
    yield* source
  }
  return { names: splitCells(text), lines: text.split('\n').length, content: rest() }
}

const quote = '"'.charCodeAt(0)
const newline = '\n'.charCodeAt(0)

function splitCells(line: string): string[] {
  if (line.trim() === '') return []
  const cells: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i <= line.length; i++) {
    if (line[i] === '"') quoted = !quoted
    if (i < line.length && (line[i] !== ',' || quoted)) continue
    cells.push(cellOf(line.slice(start, i).trim()))
    start = i + 1
  }
  return cells
}

function cellOf(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text
}
