/** Which version a read is of: Redis's catalogue says so where it can tell all of it, else the registry. */
import type { FeatureReference } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import type { Catalog, CatalogEntries } from '../registry/catalog.js'
import type { Breaker } from './breaker.js'
import type { RedisCatalog } from './redis-catalog.js'
import { blame, whyOf } from './tiered.js'

export class Versions {
  readonly #registry: Catalog
  readonly #redis: { readonly catalog: RedisCatalog; readonly breaker: Breaker } | undefined
  /** By what was asked for, the catalogue of Redis that could tell all of it. */
  readonly #told = new WeakMap<readonly FeatureReference[], CatalogEntries>()

  constructor(registry: Catalog, redis?: { readonly catalog: RedisCatalog; readonly breaker: Breaker }) {
    this.#registry = registry
    this.#redis = redis
  }

  /**
   * @param ofRegistry whatever Redis says
   * @throws FstoreError NOT_MIGRATED, and DATABASE_UNREACHABLE where Redis cannot tell
   */
  async entries(references: readonly FeatureReference[], ofRegistry = false): Promise<CatalogEntries> {
    const redis = this.#current ?? (await this.#ofRedis())
    if (!ofRegistry && redis !== undefined && this.#tells(redis, references)) return redis
    return this.#registry.entries().catch((error: unknown) => {
      const failure = this.#redis?.breaker.failure
      if (!(error instanceof FstoreError) || failure === undefined) throw error
      throw blame(error, [{ tier: 'redis', why: whyOf(failure) }])
    })
  }

  /** What the registry said may be over. */
  forget(): void {
    this.#registry.forget()
  }

  get #current(): CatalogEntries | undefined {
    return this.#redis?.breaker.failure === undefined ? this.#redis?.catalog.current : undefined
  }

  /** Found out once for a question. */
  #tells(entries: CatalogEntries, references: readonly FeatureReference[]): boolean {
    if (this.#told.get(references) === entries) return true
    if (!references.every((reference) => tells(entries, reference))) return false
    this.#told.set(references, entries)
    return true
  }

  async #ofRedis(): Promise<CatalogEntries | undefined> {
    if (this.#redis === undefined || this.#redis.breaker.failure !== undefined) return undefined
    const { catalog, breaker } = this.#redis
    try {
      return await catalog.entries()
    } catch (error) {
      if (!(error instanceof FstoreError)) throw error
      breaker.trip(error)
      return undefined
    }
  }
}

/** A feature that Redis's version lacks may have been built, and not been sent yet. */
function tells(entries: CatalogEntries, { group, version, feature }: FeatureReference): boolean {
  const active = entries.get(group.name)?.active
  return active?.positions.has(feature) === true && (version === undefined || version === active.version)
}
