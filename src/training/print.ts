/** Rows of SELECTs, one SELECT after another, as the bytes of one file. */
import type { Transaction } from '../db/database.js'

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
  let header = true
  return {
    async print(tx, select) {
      for await (const bytes of tx.copyTo(format === 'csv' ? csvSql(select, header) : jsonlSql(select)))
        await sink(bytes)
      header = false
    },
    async end() {},
  }
}

function csvSql(select: string, header: boolean): string {
  return `COPY (${select}) TO STDOUT WITH (FORMAT csv, HEADER ${header})`
}

/** CSV with control characters for its marks leaves JSON as it is. */
function jsonlSql(select: string): string {
  return `COPY (SELECT row_to_json(r) FROM (${select}) AS r)
    TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`
}
