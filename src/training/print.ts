/** Rows of SELECTs, one SELECT after another, as the bytes of one file. */
import type { Transaction } from '../db/database.js'
import { literal } from '../db/sql.js'
import type { Format, Printer, Sink } from './printer.js'
import { readAhead } from './read-ahead.js'

export async function openPrinter(format: Format, sink: Sink): Promise<Printer> {
  if (format === 'csv') return csvPrinter(sink)
  if (format === 'jsonl') return jsonlPrinter(sink)
  const { openParquet } = await import('./parquet.js')
  return openParquet(sink)
}

/** Has the server print the rows now, and writes them once `turn` has come. */
export async function print(
  printer: Printer,
  tx: Transaction,
  { select, names, turn }: { select: string; names: readonly string[]; turn: Promise<void> },
): Promise<void> {
  const sql = await printer.copySql(tx, select, names)
  const begun = turn.then(() => printer.begin())
  for await (const bytes of readAhead(tx.copyTo(sql), begun)) await printer.write(bytes)
}

function csvPrinter(sink: Sink): Printer {
  let header: Buffer | undefined
  let begun = false
  return {
    async copySql(_, select, names) {
      header ??= Buffer.from(`${names.map(csvCell).join(',')}\n`)
      return `COPY (${select}) TO STDOUT WITH (FORMAT csv)`
    },
    async begin() {
      if (!begun && header !== undefined) await sink(header)
      begun = true
    },
    write: async (bytes) => sink(bytes),
    end: async () => {},
  }
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function jsonlPrinter(sink: Sink): Printer {
  return {
    async copySql(_, select, names) {
      // CSV with control characters for its marks leaves JSON as it is.
      const format = String.raw`FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02'`
      return `COPY (${jsonSelect(select, names)}) TO STDOUT WITH (${format})`
    },
    begin: async () => {},
    write: async (bytes) => sink(bytes),
    end: async () => {},
  }
}

/** In PostgreSQL, bytes. */
const longestName = 63

function jsonSelect(select: string, names: readonly string[]): string {
  if (names.every((name) => Buffer.byteLength(name) <= longestName))
    return `SELECT row_to_json(r) FROM (${select}) AS r`
  const columns = names.map((_, i) => `c${i}`)
  const members = names.map(
    (name, i) => `${literal(`${JSON.stringify(name)}:`)} || coalesce(to_json(c${i})::text, 'null')`,
  )
  return `SELECT '{' || concat_ws(',', VARIADIC ARRAY[${members.join(', ')}]) || '}'
    FROM (${select}) AS r (${columns.join(', ')})`
}
