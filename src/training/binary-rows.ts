/** COPY's binary format: rows are gathered as they come, however their bytes are cut, and read a column at a time. */
import type { ParquetType } from './parquet-type.js'

/** A signature of 11 bytes, flags of 4, and the length of an extension that no version has. */
const headerLength = 19

export class BinaryRows {
  readonly #types: readonly ParquetType[]
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  /** Where what is not gathered yet begins. */
  #at = 0
  #begun = false
  /** Of each row gathered, where its next field begins. */
  #places: number[] = []
  #column: { readonly index: number; readonly values: unknown[] } | undefined

  constructor(types: readonly ParquetType[]) {
    this.#types = types
  }

  /** Rows gathered. */
  get count(): number {
    return this.#places.length
  }

  /** Bytes of the rows gathered; as many for the same rows, wherever they came from. */
  get size(): number {
    return this.#at
  }

  /** Another COPY begins; what stands behind the last row of the one before ends it. */
  begin(): void {
    this.#length = this.#at
    this.#begun = false
  }

  push(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#bytes.length) {
      const bytes = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length))
      this.#bytes.copy(bytes, 0, 0, this.#length)
      this.#bytes = bytes
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = length
  }

  /** Gathers one more row; false where it is not whole yet, or there is none. */
  next(): boolean {
    if (!this.#begun && !this.#skipHeader()) return false
    const end = this.#rowEnd()
    if (end === undefined) return false
    this.#places.push(this.#at + 2)
    this.#at = end
    return true
  }

  /** The values of the rows gathered in one column; to be asked for from the first to the last. */
  column(index: number): unknown[] {
    const next = this.#column === undefined ? 0 : this.#column.index + 1
    if (this.#column?.index === index) return this.#column.values
    if (index !== next) throw new RangeError(`Column ${index} was read when ${next} was next`)
    this.#column = { index, values: this.#readColumn(this.#types[index] as ParquetType) }
    return this.#column.values
  }

  /** Forgets the rows gathered. */
  clear(): void {
    this.#bytes.copyWithin(0, this.#at, this.#length)
    this.#length -= this.#at
    this.#at = 0
    this.#places = []
    this.#column = undefined
  }

  #skipHeader(): boolean {
    this.#begun = this.#length - this.#at >= headerLength
    if (!this.#begun) return false
    this.#bytes.copyWithin(this.#at, this.#at + headerLength, this.#length)
    this.#length -= headerLength
    return true
  }

  /** Behind the last row stands -1 for its number of fields. */
  #rowEnd(): number | undefined {
    let at = this.#at + 2
    if (at > this.#length || this.#bytes.readInt16BE(this.#at) === -1) return undefined
    for (let i = 0; i < this.#types.length; i++) {
      if (at + 4 > this.#length) return undefined
      at += 4 + Math.max(0, this.#bytes.readInt32BE(at))
    }
    return at <= this.#length ? at : undefined
  }

  #readColumn({ read }: ParquetType): unknown[] {
    const [bytes, places] = [this.#bytes, this.#places]
    return places.map((place, row) => {
      const length = bytes.readInt32BE(place)
      places[row] = place + 4 + Math.max(0, length)
      return length === -1 ? null : read(bytes, place + 4, length)
    })
  }
}
