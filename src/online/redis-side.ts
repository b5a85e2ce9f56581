/** Redis as one store uses it: its tier and catalogue, the breaker before them, rows on their way, and news of writes. */
import type { KeyTexts } from '../config/key.js'
import type { Project } from '../config/project.js'
import type { Redis } from '../db/redis.js'
import { FstoreError } from '../errors.js'
import type { ReadableVersion } from '../registry/catalog.js'
import { Breaker } from './breaker.js'
import { parseJson } from './json.js'
import { expiryOf } from './lifetime.js'
import { isSameOrigin } from './mark.js'
import type { Packed } from './packed.js'
import { PendingRows } from './pending.js'
import { redisTier } from './redis.js'
import { RedisCatalog } from './redis-catalog.js'
import { projectKeys, type VersionName } from './redis-keys.js'
import { withdrawOther } from './redis-publish.js'
import { announce, type RedisRow, writeRows } from './redis-write.js'
import type { Lookup, Tier } from './tier.js'

type Forget = (names: readonly string[] | '*') => void

/** How long a write waits for Redis before it is left to the background: milliseconds. */
const writeWithin = 1_000

export interface RedisSideOptions {
  readonly redis: Redis
  readonly project: Project
  readonly tenant: string
  readonly latest: Tier
  /** Milliseconds that a read waits. */
  readonly within: number
  /** Which database ours is, as Redis remembers it. */
  readonly readOrigin: () => Promise<string>
}

export class RedisSide {
  readonly catalog: RedisCatalog
  readonly breaker: Breaker
  readonly tier: Tier
  readonly #redis: Redis
  readonly #project: string
  readonly #ttls: ReadonlyMap<string, number | undefined>
  readonly #pending: PendingRows
  readonly #readOrigin: () => Promise<string>
  #origin: string | undefined
  #forget: Forget | undefined
  #listening = false
  /** It answers again, and is sent what it missed. */
  #catchingUp = false

  constructor(options: RedisSideOptions) {
    const { redis, project, tenant, latest, within } = options
    const { name } = project
    this.#readOrigin = options.readOrigin
    this.#redis = redis
    this.#project = name
    this.#ttls = new Map(project.groups.map((group) => [group.name, group.ttl]))
    const rowOf = (lookup: Lookup, packed: Packed) => this.#rowOf(lookup, JSON.stringify(packed))
    this.#pending = new PendingRows({ redis, project: name, tenant, latest, rowOf })
    this.catalog = new RedisCatalog({ redis, project: name, within })
    // It is back when it has what it missed: before that its values are older than those that were acknowledged.
    const probe = async () => {
      await redis.send([['get', projectKeys(name).changes]], within)
      this.#catchingUp = true
      await this.#pending.flush().finally(() => {
        this.#catchingUp = false
      })
    }
    this.breaker = new Breaker({ probe, onBack: () => this.#listen(), isReady: () => this.#pending.isEmpty })
    const { catalog, breaker } = this
    const isOurs = () => this.#isOurs()
    this.tier = redisTier({ redis, project: name, catalog, breaker, within, rowOf, isOurs })
  }

  /** Hears of other processes' writes from the first read on. */
  listen(forget: Forget): void {
    this.#forget = forget
    this.#listen()
  }

  /** @returns `pending`: it could not take them yet, and reads of this process ask Postgres until it has */
  async write(
    version: ReadableVersion,
    rows: readonly { readonly name: string; readonly key: KeyTexts; readonly packed: string }[],
  ): Promise<'redis' | 'latest' | 'pending'> {
    const lookups = rows.map(({ name, key }): Lookup => ({ version, name, key }))
    const names = rows.map(({ name }) => name)
    this.#pending.drop(lookups)
    // While it catches up nothing is added to what it missed, or that would never end under many writes.
    if (this.breaker.failure === undefined || this.#catchingUp) {
      try {
        if (!(await this.#isOurs())) return 'latest'
        const own = rows.map(({ packed }, i) => this.#rowOf(lookups[i] as Lookup, packed))
        await writeRows(this.#redis, own, writeWithin)
        await announce(this.#redis, this.#project, names, writeWithin)
        return await this.#shown(version)
      } catch (error) {
        if (!(error instanceof FstoreError)) throw error
        if (error.code === 'REDIS_REFUSED' && (await this.#dropped(names))) return 'latest'
        this.breaker.trip(error)
      }
    }
    this.#pending.add(lookups)
    return 'pending'
  }

  /** @throws FstoreError REDIS_UNREACHABLE, REDIS_REFUSED */
  async remove(names: readonly string[]): Promise<number> {
    if (names.length === 0) return 0
    const removed = await this.#redis.unlink(names)
    await announce(this.#redis, this.#project, names)
    return removed
  }

  async close(): Promise<void> {
    this.breaker.close()
    if (!this.#pending.isEmpty) await this.#pending.flush().catch(() => {})
  }

  /**
   * Where readers find the newest rows of the live version. Those that Redis has of another one are not it any more:
   * a build that did not send anything, or has not yet come to that, has moved the pointer in Postgres alone.
   */
  async #shown(version: VersionName): Promise<'redis' | 'latest'> {
    const active = (await this.catalog.entries()).get(version.group)?.active
    if (active?.fingerprint === version.fingerprint) return 'redis'
    if (active !== undefined && (await withdrawOther(this.#redis, this.#project, version))) {
      this.catalog.forget()
      await announce(this.#redis, this.#project, '*', writeWithin)
    }
    return 'latest'
  }

  /** A full Redis takes no new value, and lets go of the old one: readers then ask Postgres. */
  async #dropped(names: readonly string[]): Promise<boolean> {
    return this.remove(names).then(
      () => true,
      () => false,
    )
  }

  /** Nothing of ours is put into a Redis that holds another database's values: its readers would be served them. */
  async #isOurs(): Promise<boolean> {
    await this.catalog.entries()
    const { store } = this.catalog
    if (store === null) return true
    this.#origin ??= await this.#readOrigin()
    return isSameOrigin(store.replace(/^reset /, ''), this.#origin)
  }

  #rowOf({ name, version }: Lookup, text: string): RedisRow {
    const [, eventTimestamp] = JSON.parse(text) as Packed
    return { name, text, expiresAt: expiryOf(eventTimestamp, this.#ttls.get(version.group)) }
  }

  #listen(): void {
    const forget = this.#forget
    if (this.#listening || forget === undefined) return
    this.#listening = true
    const { written } = projectKeys(this.#project)
    this.#redis
      .subscribe(
        written,
        (message) => forget(namesIn(message)),
        () => forget('*'),
      )
      .catch(() => {
        this.#listening = false
      })
  }
}

function namesIn(message: string): readonly string[] | '*' {
  const names = parseJson(message)
  return Array.isArray(names) ? (names as string[]) : '*'
}
