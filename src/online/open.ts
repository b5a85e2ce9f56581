/** The online side of a store: its tiers, what says which versions they hold, and who tells it of writes. */
import type { Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import type { Catalog } from '../registry/catalog.js'
import { Breaker } from './breaker.js'
import { latestTier } from './latest.js'
import { type MemoryOptions, openMemory } from './memory.js'
import { openReader, type Reader } from './reader.js'
import { redisTier } from './redis.js'
import { RedisCatalog } from './redis-catalog.js'
import { projectKeys } from './redis-keys.js'
import type { Tier } from './tier.js'
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
}

export interface Online extends Reader {
  /** Rows by name that were written, or all: this process must not answer with what it kept of them. */
  forget(names: readonly string[] | '*'): void
  close(): void
}

export function openOnline(options: OnlineOptions): Online {
  const { project, tenant, db, registry, redis } = options
  const memory = openMemory(options.cache)
  const latest = latestTier(db, `${project.schema}_online`)
  if (redis === undefined) {
    const tiers = new Tiers(memory, [latest])
    const reader = openReader({ project, tenant, tiers, versions: new Versions(registry) })
    return { ...reader, forget: (names) => tiers.forget(names), close() {} }
  }
  const { tier, versions, breaker, catalog } = openRedisTier(options, redis, () => listener?.start())
  const tiers = new Tiers(memory, [tier, latest])
  const forget = (names: readonly string[] | '*') => {
    if (names === '*') catalog.forget()
    tiers.forget(names)
  }
  const listener = memory === undefined ? undefined : listenTo(redis, project.name, forget)
  const reader = openReader({ project, tenant, tiers, versions })
  return {
    readFeatures(request) {
      listener?.start()
      return reader.readFeatures(request)
    },
    readVectors(request) {
      listener?.start()
      return reader.readVectors(request)
    },
    forget,
    close: () => breaker.close(),
  }
}

function openRedisTier(options: OnlineOptions, redis: Redis, onBack: () => void) {
  const { project, registry, redisTimeout: within = 200 } = options
  const catalog = new RedisCatalog({ redis, project: project.name, within })
  const probe = () => redis.send([['hlen', projectKeys(project.name).active]], within)
  const breaker = new Breaker({ probe, onBack })
  const ttls = new Map(project.groups.map(({ name, ttl }) => [name, ttl]))
  const tier: Tier = redisTier({ redis, project: project.name, catalog, breaker, within, ttls })
  return { tier, catalog, breaker, versions: new Versions(registry, { catalog, breaker }) }
}

/** Hears of other processes' writes. What is missed while the connection is down is forgotten altogether. */
function listenTo(redis: Redis, project: string, forget: (names: readonly string[] | '*') => void) {
  let listening = false
  return {
    start(): void {
      if (listening) return
      listening = true
      redis
        .subscribe(
          projectKeys(project).written,
          (message) => forget(namesIn(message)),
          () => forget('*'),
        )
        .catch(() => {
          listening = false
        })
    },
  }
}

function namesIn(message: string): readonly string[] | '*' {
  if (message === '*') return '*'
  try {
    return JSON.parse(message) as string[]
  } catch {
    return '*'
  }
}
