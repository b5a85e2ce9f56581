/** Which versions readers see, as Redis says: enough to read by without asking the registry. */
import type { Redis, RedisCommand } from '../db/redis.js'
import type { CatalogEntries, CatalogEntry, ReadableVersion } from '../registry/catalog.js'
import { parseJson } from './json.js'
import { isServed, type ProjectKeys, projectKeys, servedVersion, versionField } from './redis-keys.js'

/** For how long it counts as current without a read that confirmed it: milliseconds. */
const freshMs = 1_000

type Described = Omit<ReadableVersion, 'positions'>

export class RedisCatalog {
  readonly #redis: Redis
  readonly #keys: ProjectKeys
  readonly #within: number
  /** By group, `epoch:fingerprint` as Redis has it. */
  #active = new Map<string, string>()
  /** What was asked of it. */
  #served = new WeakMap<ReadableVersion, boolean>()
  #changes: string | null = null
  /** Which database the values come from; null where none has been sent. */
  store: string | null = null
  #versions = new Map<string, ReadableVersion>()
  #entries: CatalogEntries | undefined
  #readAt = 0
  #reading: Promise<CatalogEntries> | undefined

  /** @param options.within milliseconds that a read of it waits */
  constructor({ redis, project, within }: { redis: Redis; project: string; within: number }) {
    this.#redis = redis
    this.#keys = projectKeys(project)
    this.#within = within
  }

  /** The groups whose values are in Redis, where that is known without asking. */
  get current(): CatalogEntries | undefined {
    return Date.now() - this.#readAt < freshMs ? this.#entries : undefined
  }

  /** The groups whose values are in Redis. @throws FstoreError REDIS_UNREACHABLE, REDIS_REFUSED */
  async entries(): Promise<CatalogEntries> {
    const { current } = this
    if (current !== undefined) return current
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  isActive(version: ReadableVersion): boolean {
    const known = this.#served.get(version)
    if (known !== undefined) return known
    const served = isServed(this.#active, version)
    this.#served.set(version, served)
    return served
  }

  /**
   * What a read has seen of it beside the values.
   *
   * @param changes the number that every change raises
   * @returns whether it is what this catalogue was last told
   */
  observe(changes: string | null): boolean {
    const same = changes === this.#changes
    if (same) this.#readAt = Date.now()
    else this.forget()
    return same
  }

  forget(): void {
    this.#entries = undefined
  }

  async #read(): Promise<CatalogEntries> {
    // The number comes first: a change between the two is seen by the next read.
    const commands: RedisCommand[] = [
      ['get', this.#keys.changes],
      ['hgetall', this.#keys.active],
      ['get', this.#keys.store],
    ]
    const [changes, hash, store] = (await this.#redis.send(commands, this.#within)) as [
      string | null,
      Record<string, string>,
      string | null,
    ]
    const active = new Map(Object.entries(hash))
    const fields = [...active].map(([group, text]) => versionField(servedVersion(group, text)))
    await this.#describe(fields.filter((field) => !this.#versions.has(field)))
    const known = [...active.keys()].flatMap((group, i): [string, CatalogEntry][] => {
      const version = this.#versions.get(fields[i] as string)
      return version === undefined ? [] : [[group, { active: version, versions: [version] }]]
    })
    // What is the same stays the same object: plans are kept by it.
    if (this.#entries === undefined || !sameMap(active, this.#active)) this.#entries = new Map(known)
    this.#active = active
    this.#served = new WeakMap()
    this.#changes = changes
    this.store = store
    this.#readAt = Date.now()
    return this.#entries
  }

  async #describe(fields: readonly string[]): Promise<void> {
    if (fields.length === 0) return
    const [texts] = (await this.#redis.send([['hmget', this.#keys.versions, ...fields]], this.#within)) as [
      (string | null)[],
    ]
    for (const [i, text] of texts.entries()) {
      const described = parseJson(text ?? '') as Described | null | undefined
      if (!described) continue
      const positions = new Map(described.features.map(({ name }, position) => [name, position]))
      this.#versions.set(fields[i] as string, { ...described, positions })
    }
  }
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}
