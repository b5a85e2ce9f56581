/** The online side of a store: its tiers, what says which versions they hold, and how each hears of writes. */
import type { KeyTexts } from '../config/key.js'
import type { Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import type { Catalog, ReadableVersion } from '../registry/catalog.js'
import { latestTier } from './latest.js'
import { readOrigin } from './mark.js'
import { type MemoryOptions, openMemory } from './memory.js'
import type { OnDemandSources } from './on-demand.js'
import { openReader, type Reader } from './reader.js'
import { type RowName, rowName } from './redis-keys.js'
import { RedisSide } from './redis-side.js'
import { Tiers } from './tiered.js'
import { Versions } from './versions.js'

export interface OnlineOptions {
  readonly project: Project
  readonly tenant: string
  readonly db: Database
  readonly registry: Catalog
  readonly redis?: Redis | undefined
  readonly cache?: MemoryOptions | undefined
  /** Milliseconds that a read waits for Redis before it asks Postgres; 200 unless told. */
  readonly redisTimeout?: number | undefined
  readonly onDemand?: Omit<OnDemandSources, 'db'> | undefined
}

/** A latest row as it was committed. */
export interface CommittedRow {
  readonly key: KeyTexts
  /** JSON. */
  readonly packed: string
}

export interface Online extends Reader {
  /** Rows by name that were written, or all: this process must not answer with what it kept of them. */
  forget(names: readonly string[] | '*'): void
  /** Brings rows to the tiers above Postgres. @returns where readers find them now */
  written(version: ReadableVersion, rows: readonly CommittedRow[]): Promise<'redis' | 'latest' | 'pending'>
  /** Drops what the tiers above Postgres keep of an entity. @returns rows that Redis had */
  invalidate(entity: string, key: KeyTexts, groups: readonly string[]): Promise<number>
  /** Redis failed, and reads go to Postgres until it is sound again. */
  readonly passesRedis: boolean
  close(): Promise<void>
}

export function openOnline(options: OnlineOptions): Online {
  const { project, tenant, db, registry, redis, redisTimeout: within = 200 } = options
  const memory = openMemory(options.cache)
  const latest = latestTier(db, `${project.schema}_online`)
  const readOwnOrigin = () => readOrigin({ db, schema: project.schema })
  const side = redis && new RedisSide({ redis, project, tenant, latest, within, readOrigin: readOwnOrigin })
  const tiers = new Tiers(memory, side === undefined ? [latest] : [side.tier, latest])
  const reader = openReader({
    project,
    tenant,
    tiers,
    versions: new Versions(registry, side),
    onDemand: { ...options.onDemand, db },
  })
  const nameOf = (row: Pick<RowName, 'entity' | 'key' | 'group' | 'fingerprint'>) =>
    rowName({ ...row, project: project.name, tenant })

  const forget = (names: readonly string[] | '*') => {
    if (names === '*') side?.catalog.forget()
    tiers.forget(names)
  }
  // Without rows in memory there is nothing that another's write could make stale.
  const listen = () => (memory === undefined ? undefined : side?.listen(forget))

  return {
    readFeatures(request) {
      listen()
      return reader.readFeatures(request)
    },
    readVectors(request) {
      listen()
      return reader.readVectors(request)
    },
    forget,
    async written(version, rows) {
      const named = rows.map((row) => ({ ...row, name: nameOf({ ...version, key: row.key }) }))
      const names = named.map(({ name }) => name)
      forget(names)
      if (side === undefined) return 'latest'
      // Until Redis had them, or had failed, a read may have taken the older ones from there, and kept them.
      return side.write(version, named).finally(() => forget(names))
    },
    async invalidate(entity, key, groups) {
      const entries = await registry.entries()
      const versions = groups.flatMap((group) => entries.get(group)?.versions ?? [])
      const names = versions.map((version) => nameOf({ ...version, entity, key }))
      forget(names)
      return side === undefined ? 0 : side.remove(names).finally(() => forget(names))
    },
    get passesRedis() {
      return side?.breaker.failure !== undefined
    },
    close: async () => side?.close(),
  }
}
