/** What makes one file of the rows of several SELECTs. */
import type { Transaction } from '../db/database.js'

export type Format = 'csv' | 'jsonl' | 'parquet'

export type Sink = (bytes: Uint8Array) => Promise<void> | void

export interface Printer {
  /**
   * The COPY that gives a SELECT's rows as `write` takes them.
   *
   * @param names of its columns, the same every time; PostgreSQL may have cut them, the file has not
   */
  copySql(tx: Transaction, select: string, names: readonly string[]): Promise<string>
  /** Before the first piece of every COPY; they come one after another. */
  begin(): Promise<void>
  write(bytes: Uint8Array): Promise<void>
  /** What stands at the end of the file. */
  end(): Promise<void>
}
