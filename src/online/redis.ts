/** Redis as a tier: the values and the catalogue that says which versions they are of, in one round trip. */
import type { Redis, RedisCommand } from '../db/redis.js'
import { FstoreError } from '../errors.js'
import type { Breaker } from './breaker.js'
import { parseJson } from './json.js'
import { type Packed, parseRow } from './packed.js'
import type { RedisCatalog } from './redis-catalog.js'
import { projectKeys, syncedField } from './redis-keys.js'
import { type RedisRow, writeRows } from './redis-write.js'
import { type Found, type Lookup, type Tier, type Told, VersionMoved } from './tier.js'

export interface RedisTierOptions {
  readonly redis: Redis
  readonly project: string
  readonly catalog: RedisCatalog
  readonly breaker: Breaker
  /** Milliseconds that a read waits. */
  readonly within: number
  readonly rowOf: (lookup: Lookup, packed: Packed) => RedisRow
  /** Whether Redis holds values of the database that fills it. */
  readonly isOurs: () => Promise<boolean>
}

/** Calls that put rows into Redis, beside reads; while so many are under way, more are let go. */
const mostFills = 8
/** After a refusal none is tried for so long: milliseconds. */
const fillPause = 1_000

export function redisTier({ redis, project, catalog, breaker, within, rowOf, isOurs }: RedisTierOptions): Tier {
  const keys = projectKeys(project)
  let filling = 0
  let fillsFrom = 0

  return {
    name: 'redis',
    async read(tenant, lookups, since) {
      if (breaker.failure !== undefined) throw breaker.failure
      try {
        return await ask(tenant, lookups, since)
      } catch (error) {
        if (error instanceof FstoreError) breaker.trip(error)
        throw error
      }
    },

    fill(rows) {
      if (filling >= mostFills || breaker.failure !== undefined || Date.now() < fillsFrom) return
      const own = rows.flatMap(({ lookup, found }) =>
        found !== null && catalog.isActive(lookup.version) ? [rowOf(lookup, found)] : [],
      )
      if (own.length === 0) return
      filling++
      isOurs()
        .then((ours) => (ours ? writeRows(redis, own) : 0))
        .catch(() => {
          fillsFrom = Date.now() + fillPause
        })
        .finally(() => {
          filling--
        })
    },
  }

  async function ask(tenant: string, lookups: readonly Lookup[], since: number | undefined): Promise<Told> {
    const names = lookups.map(({ name }) => name)
    // One command, but in a cluster: there one a slot.
    const parts = redis.isCluster ? [[], ...(await redis.together(names))] : [names.map((_, i) => i)]
    const commands = parts.map((part, p): RedisCommand => {
      const own = part.map((i) => names[i] as string)
      return ['mget', ...(p === 0 ? [keys.changes, ...own] : own)]
    })
    if (since !== undefined) {
      const versions = [...new Set(lookups.map(({ version }) => version))]
      commands.push(['hmget', keys.synced, ...versions.map((version) => syncedField(tenant, version))])
    }
    const replies = (await redis.send(commands, within)) as (string | null)[][]
    const told = catalog.observe((replies[0] as (string | null)[])[0] ?? null)
    if (!told && lookups.some(({ pinned }) => pinned !== true)) throw new VersionMoved()
    const asOf = since === undefined ? 0 : oldest(replies.at(-1) as (string | null)[])
    const found: Found[] = lookups.map(() => undefined)
    if (since !== undefined && asOf < since) return { found, asOf }
    for (const [p, part] of parts.entries()) {
      const texts = replies[p] as (string | null)[]
      // The catalogue's number comes first in the first reply.
      const first = p === 0 ? 1 : 0
      for (const [k, i] of part.entries()) found[i] = foundIn(texts[k + first] ?? null, lookups[i] as Lookup)
    }
    return { found, asOf }
  }

  /** A version that nobody sends any more may be behind. */
  function foundIn(text: string | null, { version }: Lookup): Found {
    if (text === null || !catalog.isActive(version)) return undefined
    const row = parseRow(text)
    return row?.length === 1 ? null : (row as Packed | undefined)
  }
}

/** Milliseconds since 1970 since when every one of them has been sent. */
function oldest(synced: readonly (string | null)[]): number {
  return Math.min(...synced.map((text) => (parseJson(text ?? '') as { at?: number } | null | undefined)?.at ?? 0))
}
