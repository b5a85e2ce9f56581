/** Files of exports read back by means that share nothing with what wrote them. */
import { createReadStream } from 'node:fs'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'

/** Fields as they stand: an empty field in quotes is text, without quotes it is null. */
export async function* readCsv(path: string): AsyncGenerator<Record<string, string | null>> {
  let names: readonly (string | null)[] | undefined
  for await (const record of records(path)) {
    if (names === undefined) names = record
    else yield Object.fromEntries(names.map((name, i) => [name as string, record[i] ?? null]))
  }
}

async function* records(path: string): AsyncGenerator<(string | null)[]> {
  let record: (string | null)[] = []
  let field = ''
  let quoted = false
  let inside = false
  let quote = false
  for await (const chunk of createReadStream(path, 'utf8')) {
    for (const character of chunk as string) {
      if (inside && !quote) {
        if (character === '"') quote = true
        else field += character
        continue
      }
      if (character === '"') {
        // A second quote after one is a quote; the first of a field opens it.
        if (quote) field += '"'
        inside = true
        quoted = true
        quote = false
        continue
      }
      inside = false
      quote = false
      if (character === ',' || character === '\n') {
        record.push(field === '' && !quoted ? null : field)
        field = ''
        quoted = false
        if (character === '\n') {
          yield record
          record = []
        }
      } else field += character
    }
  }
}

export async function* readJsonl(path: string): AsyncGenerator<Record<string, unknown>> {
  // readline would also break lines at U+2028.
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() as string
    for (const line of lines) yield JSON.parse(line)
  }
  if (rest !== '') throw new Error('The last line has no end')
}

/** Timestamps as microseconds since 1970. */
export async function* readParquet(path: string): AsyncGenerator<Record<string, unknown>> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const parsers = {
    ...DEFAULT_PARSERS,
    timestampFromMicroseconds: (micros: bigint) => micros,
    // Its own drops a byte order mark that a text begins with.
    stringFromBytes: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8'),
  }
  let start = 0
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows)
    const rows = await parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end, parsers })
    // A list that is null comes as undefined.
    for (const row of rows) yield Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? null]))
    start = end
  }
}
