/** The nearest tier: rows kept in this process, bounded in number and age. */
import { LRUCache } from 'lru-cache'
import type { Packed } from './packed.js'
import type { FilledRow, Lookup } from './tier.js'

/** 0 for either turns the tier off. */
export interface MemoryOptions {
  /** Rows. */
  readonly max?: number
  /** Milliseconds that a row may be served before it is asked for again: how stale a read of another's write can be. */
  readonly ttl?: number
}

/** What is kept of a row, as it is answered with. */
export interface Kept {
  /** Null: there is no such row. */
  readonly packed: Packed | null
  readonly source: 'memory'
  readonly asOf: number
}

/** An absent row is kept for a shorter time than a found one: milliseconds. */
const absentTtl = 200

export class Memory {
  readonly #cache: LRUCache<string, Kept>
  readonly #ttl: number

  constructor({ max, ttl }: { max: number; ttl: number }) {
    this.#cache = new LRUCache({ max, ttl })
    this.#ttl = ttl
  }

  get({ name }: Lookup, since: number | undefined): Kept | undefined {
    const kept = this.#cache.get(name)
    return kept !== undefined && since !== undefined && kept.asOf < since ? undefined : kept
  }

  fill(rows: readonly FilledRow[], asOf: number): void {
    for (const { lookup, found } of rows) {
      const kept: Kept = { packed: found, source: 'memory', asOf }
      if (found === null) this.#cache.set(lookup.name, kept, { ttl: Math.min(absentTtl, this.#ttl) })
      else this.#cache.set(lookup.name, kept)
    }
  }

  forget(names: readonly string[]): void {
    for (const name of names) this.#cache.delete(name)
  }

  clear(): void {
    this.#cache.clear()
  }
}

export function openMemory({ max = 10_000, ttl = 1_000 }: MemoryOptions = {}): Memory | undefined {
  // To the cache, a ttl of 0 means for ever.
  return max === 0 || ttl === 0 ? undefined : new Memory({ max, ttl })
}
