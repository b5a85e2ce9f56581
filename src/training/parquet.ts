/** Parquet, written while the rows come: memory holds one row group, whatever their number. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { Transaction } from '../db/database.js'
import { BinaryRows } from './binary-rows.js'
import { type ParquetType, parquetType } from './parquet-type.js'
import type { Printer, Sink } from './print.js'

/** A row group ends at either; both count rows as such, so that the same rows always give the same file. */
const mostRows = 65_536
const mostBytes = 8 * 2 ** 20

export function openParquet(sink: Sink): Printer {
  let file: ParquetFile | undefined
  return {
    async print(tx, select, names) {
      file ??= new ParquetFile(sink, names, await typesOf(tx, select))
      await file.print(tx, select)
    },
    end: async () => file?.end(),
  }
}

/** A result tells its types, whatever its expressions are. */
async function typesOf(tx: Transaction, select: string): Promise<ParquetType[]> {
  const { fields } = await tx.query(`${select} LIMIT 0`)
  return fields.map(({ type }) => parquetType(type))
}

class ParquetFile {
  readonly #sink: Sink
  readonly #names: readonly string[]
  readonly #types: readonly ParquetType[]
  readonly #writer = new ByteWriter()
  readonly #parquet: ParquetWriter
  #columns: unknown[][]
  #bytes = 0

  constructor(sink: Sink, names: readonly string[], types: readonly ParquetType[]) {
    this.#sink = sink
    this.#names = names
    this.#types = types
    this.#columns = types.map(() => [])
    const root = { name: 'root', num_children: types.length }
    const schema = [root, ...types.flatMap((type, i) => type.schema(names[i] as string))]
    this.#parquet = new ParquetWriter({ writer: this.#writer, schema, createdBy: 'featurestore' })
  }

  async print(tx: Transaction, select: string): Promise<void> {
    const rows = new BinaryRows(this.#types)
    for await (const chunk of tx.copyTo(this.#copySql(select))) {
      rows.push(chunk)
      for (let length = rows.next(this.#columns); length > 0; length = rows.next(this.#columns)) {
        this.#bytes += length
        if (this.#bytes >= mostBytes || this.#rows >= mostRows) await this.#endGroup()
      }
    }
  }

  async end(): Promise<void> {
    if (this.#rows > 0) await this.#endGroup()
    this.#parquet.finish()
    await this.#flush()
  }

  get #rows(): number {
    return this.#columns[0]?.length ?? 0
  }

  #copySql(select: string): string {
    const aliases = this.#types.map((_, i) => `c${i}`)
    const columns = this.#types.map(({ cast }, i) => `c${i}::${cast}`)
    return `COPY (SELECT ${columns.join(', ')} FROM (${select}) AS r (${aliases.join(', ')}))
      TO STDOUT WITH (FORMAT binary)`
  }

  async #endGroup(): Promise<void> {
    const columnData = this.#columns.map((data, i) => ({
      name: this.#names[i] as string,
      data,
      // A dictionary takes -0 for 0.
      ...(data.some(holdsNegativeZero) && { encoding: 'PLAIN' as const }),
    }))
    this.#parquet.write({ columnData, rowGroupSize: this.#rows })
    this.#columns = this.#types.map(() => [])
    this.#bytes = 0
    await this.#flush()
  }

  /** The writer's buffer is used again for the next group, and whoever takes the bytes may keep them a while. */
  async #flush(): Promise<void> {
    const bytes = this.#writer.getBytes().slice()
    this.#writer.index = 0
    await this.#sink(bytes)
  }
}

function holdsNegativeZero(value: unknown): boolean {
  return Array.isArray(value) ? value.some(holdsNegativeZero) : Object.is(value, -0)
}
