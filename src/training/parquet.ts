/** Parquet, written while the rows come: memory holds one row group, whatever their number. */
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'
import type { Transaction } from '../db/database.js'
import { BinaryRows } from './binary-rows.js'
import { type ParquetType, parquetType } from './parquet-type.js'
import type { Printer, Sink } from './printer.js'

/**
 * A row group ends at either; both depend on the rows alone, so that the same rows always give the same file. From 16,384
 * values on V8 takes a column for a large object, which it is slow to free: memory then peaks at twice as much.
 */
const mostRows = 10_000
const mostBytes = 4 * 2 ** 20

export function openParquet(sink: Sink): Printer {
  let file: ParquetFile | undefined
  return {
    async copySql(tx, select, names) {
      const types = await typesOf(tx, select)
      file ??= new ParquetFile(sink, names, types)
      return copySql(select, types)
    },
    begin: async () => file?.begin(),
    write: async (bytes) => file?.write(bytes),
    end: async () => file?.end(),
  }
}

/** A result tells its types, whatever its expressions are. */
async function typesOf(tx: Transaction, select: string): Promise<ParquetType[]> {
  const { fields } = await tx.query(`${select} LIMIT 0`)
  return fields.map(({ type }) => parquetType(type))
}

function copySql(select: string, types: readonly ParquetType[]): string {
  const aliases = types.map((_, i) => `c${i}`)
  const columns = types.map(({ cast }, i) => `c${i}::${cast}`)
  return `COPY (SELECT ${columns.join(', ')} FROM (${select}) AS r (${aliases.join(', ')}))
    TO STDOUT WITH (FORMAT binary)`
}

class ParquetFile {
  readonly #sink: Sink
  readonly #rows: BinaryRows
  readonly #columns: readonly ColumnSource[]
  readonly #writer = new ByteWriter()
  readonly #parquet: ParquetWriter

  constructor(sink: Sink, names: readonly string[], types: readonly ParquetType[]) {
    this.#sink = sink
    const rows = new BinaryRows(types)
    this.#rows = rows
    // The writer takes one column after another: only one is held as values at a time.
    this.#columns = types.map(({ encoding }, i) => ({
      name: names[i] as string,
      ...(encoding && { encoding }),
      get data() {
        return rows.column(i)
      },
    }))
    const schema = [
      { name: 'root', num_children: types.length },
      ...types.flatMap((type, i) => type.schema(names[i] as string)),
    ]
    this.#parquet = new ParquetWriter({ writer: this.#writer, schema, createdBy: 'featurestore' })
  }

  begin(): void {
    this.#rows.begin()
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#rows.push(bytes)
    while (this.#rows.next()) if (this.#isFull) await this.#endGroup()
  }

  async end(): Promise<void> {
    if (this.#rows.count > 0) await this.#endGroup()
    this.#parquet.finish()
    await this.#flush()
  }

  get #isFull(): boolean {
    return this.#rows.count >= mostRows || this.#rows.size >= mostBytes
  }

  async #endGroup(): Promise<void> {
    this.#parquet.write({ columnData: [...this.#columns], rowGroupSize: this.#rows.count })
    this.#rows.clear()
    await this.#flush()
  }

  /** The writer's buffer is used again for the next group, and whoever takes the bytes may keep them a while. */
  async #flush(): Promise<void> {
    const bytes = this.#writer.getBytes().slice()
    this.#writer.index = 0
    await this.#sink(bytes)
  }
}
