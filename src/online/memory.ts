/** The nearest tier: rows kept in this process, bounded in number and age. */
import { LRUCache } from 'lru-cache'
import type { Packed } from './packed.js'
import type { Tier } from './tier.js'

/** 0 for either turns the tier off. */
export interface MemoryOptions {
  /** Rows. */
  readonly max?: number
  /** Milliseconds that a row may be served before it is asked for again: how stale a read of another's write can be. */
  readonly ttl?: number
}

/** An absent row is kept as this, since the cache cannot hold null; for a shorter time than a found one. */
const absent = Symbol('absent')
const absentTtl = 200

export interface MemoryTier extends Tier {
  /** After a write in this process. */
  clear(): void
}

export function memoryTier({ max = 10_000, ttl = 1_000 }: MemoryOptions = {}): MemoryTier | undefined {
  // To the cache, a ttl of 0 means for ever.
  if (max === 0 || ttl === 0) return undefined
  const cache = new LRUCache<string, Packed | typeof absent>({ max, ttl })
  return {
    name: 'memory',
    async read(_tenant, lookups) {
      return lookups.map(({ name }) => {
        const found = cache.get(name)
        return found === absent ? null : found
      })
    },
    fill(_tenant, rows) {
      for (const { lookup, found } of rows)
        if (found === null) cache.set(lookup.name, absent, { ttl: Math.min(absentTtl, ttl) })
        else cache.set(lookup.name, found)
    },
    clear() {
      cache.clear()
    },
  }
}
