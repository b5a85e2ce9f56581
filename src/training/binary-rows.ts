/** COPY's binary format, read row by row however its bytes are cut. */
import type { ParquetType } from './parquet-type.js'

/** A signature of 11 bytes, flags of 4, and the length of an extension that no version has. */
const headerLength = 19

export class BinaryRows {
  readonly #readers: readonly ParquetType['read'][]
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #begun = false

  constructor(types: readonly ParquetType[]) {
    this.#readers = types.map(({ read }) => read)
  }

  push(chunk: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#at)
    const next = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.#bytes = rest.length === 0 ? next : Buffer.concat([rest, next])
    this.#at = 0
  }

  /** Adds the next row to the columns. @returns its length in bytes, or 0 where it is not whole yet, or the last was */
  next(columns: readonly unknown[][]): number {
    if (!this.#begun && !this.#begin()) return 0
    const start = this.#at
    const end = this.#end()
    if (end === undefined) return 0
    let at = start + 2
    for (let i = 0; i < columns.length; i++) {
      const length = this.#bytes.readInt32BE(at)
      at += 4
      columns[i]?.push(length === -1 ? null : this.#readers[i]?.(this.#bytes, at, length))
      if (length > 0) at += length
    }
    this.#at = end
    return end - start
  }

  #begin(): boolean {
    this.#begun = this.#bytes.length >= headerLength
    if (this.#begun) this.#at = headerLength
    return this.#begun
  }

  /** Where the row that begins here ends, if it is whole; behind the last stands -1 for its number of fields. */
  #end(): number | undefined {
    const bytes = this.#bytes
    let at = this.#at + 2
    if (at > bytes.length || bytes.readInt16BE(this.#at) === -1) return undefined
    for (let i = 0; i < this.#readers.length; i++) {
      if (at + 4 > bytes.length) return undefined
      at += 4 + Math.max(0, bytes.readInt32BE(at))
    }
    return at <= bytes.length ? at : undefined
  }
}
