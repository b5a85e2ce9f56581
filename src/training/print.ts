/** Rows of SELECTs, one SELECT after another, as the bytes of one file. */
import type { Transaction } from '../db/database.js'
import { literal, longestName } from '../db/sql.js'

export type Format = 'csv' | 'jsonl' | 'parquet'

export type Sink = (bytes: Uint8Array) => Promise<void> | void

export interface Printer {
  /** @param names of the columns of the SELECT, the same every time */
  print(tx: Transaction, select: string, names: readonly string[]): Promise<void>
  /** What stands at the end of the file. */
  end(): Promise<void>
}

export async function openPrinter(format: Format, sink: Sink): Promise<Printer> {
  if (format !== 'parquet') return textPrinter(format, sink)
  const { openParquet } = await import('./parquet.js')
  return openParquet(sink)
}

function textPrinter(format: 'csv' | 'jsonl', sink: Sink): Printer {
  let begun = false
  return {
    async print(tx, select, names) {
      if (!begun && format === 'csv') await sink(Buffer.from(`${names.map(csvCell).join(',')}\n`))
      begun = true
      for await (const bytes of tx.copyTo(format === 'csv' ? csvSql(select) : jsonlSql(select, names)))
        await sink(bytes)
    },
    async end() {},
  }
}

/** The header is ours: PostgreSQL would cut long names in it. */
function csvSql(select: string): string {
  return `COPY (${select}) TO STDOUT WITH (FORMAT csv)`
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** CSV with control characters for its marks leaves JSON as it is. */
function jsonlSql(select: string, names: readonly string[]): string {
  return `COPY (${names.some(isCut) ? spelledSql(select, names) : `SELECT row_to_json(r) FROM (${select}) AS r`})
    TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`
}

function isCut(name: string): boolean {
  return Buffer.byteLength(name) > longestName
}

/** What `row_to_json` gives, which is faster and knows columns by names of PostgreSQL's length only. */
function spelledSql(select: string, names: readonly string[]): string {
  const cells = names.map(
    (name, i) => `${literal(`${JSON.stringify(name)}:`)} || coalesce(to_json(c${i})::text, 'null')`,
  )
  return `SELECT '{' || ${cells.join(" || ',' || ")} || '}' FROM (${select}) AS r (${names.map((_, i) => `c${i}`).join(', ')})`
}
