/** The latest rows of one version and tenant into Redis: what has changed since the last time, or all that there is. */
import { randomUUID } from 'node:crypto'
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import type { Schemas } from '../offline/feature-table.js'
import { type LatestRow, readLatest, type Which } from './latest-rows.js'
import { readMark } from './mark.js'
import { Outbox } from './outbox.js'
import type { ProjectedVersion } from './projected.js'
import { announce } from './redis-write.js'
import { SavedPass } from './saved-pass.js'
import { type HeldSynced, type Pass, SyncedPlace } from './synced.js'

export interface ProjectionScope {
  readonly db: Database
  readonly redis: Redis
  readonly schemas: Schemas
  readonly project: string
}

export interface ProjectionEvent {
  readonly type: 'sync'
  readonly group: string
  readonly tenant: string
  /** Sent so far. */
  readonly rows: number
}

export interface Projected {
  /** Sent; Redis may have had some of them. */
  readonly rows: number
  /** All rows were sent, or the rest of a pass over all that was interrupted; not only what had changed. */
  readonly whole: boolean
  readonly status: 'done' | 'cancelled'
}

/** Rows of a pass over all that one transaction reads. */
const chunk = 200_000
/** Rows after which a pass remembers how far it is, and tells. */
const step = 20_000
/** Names of changed rows that are told one by one. */
const mostNames = 1_000

export class Projection {
  readonly #scope: ProjectionScope
  readonly #tenant: string
  readonly #version: ProjectedVersion
  readonly #signal: AbortSignal | undefined
  readonly #tell: (event: ProjectionEvent) => void
  readonly #place: SyncedPlace
  #rows = 0
  #told = 0
  #names: string[] = []

  constructor(
    scope: ProjectionScope,
    options: {
      tenant: string
      version: ProjectedVersion
      signal?: AbortSignal | undefined
      tell: (event: ProjectionEvent) => void
    },
  ) {
    this.#scope = scope
    this.#tenant = options.tenant
    this.#version = options.version
    this.#signal = options.signal
    this.#tell = options.tell
    this.#place = new SyncedPlace(scope.redis, { project: scope.project, ...options })
  }

  /**
   * What it has sent is remembered in Redis, and only by whoever found there what it went by: a process beside it, or
   * a Redis that was emptied meanwhile, makes it look again.
   *
   * @throws FstoreError REDIS_UNREACHABLE, REDIS_REFUSED; the next run goes on from what was remembered
   */
  async run(): Promise<Projected> {
    let whole = false
    try {
      while (this.#signal?.aborted !== true) {
        const held = await this.#place.read()
        const { state } = held
        if (state?.next !== undefined) await this.#goOn(held, state.next)
        else if (state?.bound === undefined || state.ttl !== this.#version.ttl) await this.#begin(held)
        else if (await this.#sendChanged(held, state.bound)) return { rows: this.#rows, whole, status: 'done' }
        if (state?.bound === undefined || state.next !== undefined) whole = true
      }
      return { rows: this.#rows, whole, status: 'cancelled' }
    } finally {
      await this.#announce()
    }
  }

  async #begin(held: HeldSynced): Promise<void> {
    const next = { ...(await this.#mark()), after: null, run: randomUUID() }
    await this.#place.replace(held, { ttl: this.#version.ttl, next })
  }

  /** A chunk of a pass over all. */
  async #goOn(held: HeldSynced, pass: Pass): Promise<void> {
    const { ttl } = this.#version
    // Expiries reckoned with two ttls would never be made right.
    if (held.state?.ttl !== ttl) return this.#begin(held)
    const saved = new SavedPass(this.#place, held)
    const which = { after: pass.after, limit: chunk }
    const { count, last, isWhole } = await this.#send(which, (outbox, after) => {
      saved.save(outbox.settled(), { ttl, next: { ...pass, after } })
      return saved.isLost
    })
    const { after, run, ...mark } = pass
    if (isWhole && count < chunk) saved.save(Promise.resolve(), { ttl, ...mark })
    else if (last !== undefined) saved.save(Promise.resolve(), { ttl, next: { ...pass, after: last } })
    await saved.settled()
  }

  async #sendChanged(held: HeldSynced, since: string): Promise<boolean> {
    const mark = await this.#mark()
    const { isWhole } = await this.#send({ since })
    if (!isWhole) return false
    return (await this.#place.replace(held, { ttl: this.#version.ttl, ...mark })) !== undefined
  }

  #mark() {
    return readMark({ db: this.#scope.db, schema: this.#scope.schemas.registry }, this.#tenant)
  }

  /**
   * @param onStep is told the last row's key now and then, and may end it
   * @returns the last row's key, once it and all before it are in Redis
   */
  async #send(
    which: Which,
    onStep: (outbox: Outbox, last: readonly string[]) => boolean = () => false,
  ): Promise<{ count: number; last: readonly string[] | undefined; isWhole: boolean }> {
    const { db, redis, schemas, project } = this.#scope
    const from = { db, schema: schemas.online, project, tenant: this.#tenant, version: this.#version }
    const outbox = new Outbox(redis)
    let count = 0
    let last: readonly string[] | undefined
    let isWhole = true
    reading: for await (const rows of readLatest(from, which))
      for (const row of rows) {
        last = row.key
        if (this.#add(outbox, row)) await outbox.send()
        if (++count % step === 0) {
          this.#progress()
          await outbox.send()
          isWhole = !onStep(outbox, last)
        }
        if (!isWhole || this.#signal?.aborted === true) {
          isWhole = false
          break reading
        }
      }
    await outbox.drain()
    this.#progress()
    return { count, last, isWhole }
  }

  #add(outbox: Outbox, row: LatestRow): boolean {
    this.#rows++
    if (this.#names.length <= mostNames) this.#names.push(row.name)
    return outbox.add(row)
  }

  #progress(): void {
    if (this.#rows === this.#told) return
    this.#told = this.#rows
    this.#tell({ type: 'sync', group: this.#version.group, tenant: this.#tenant, rows: this.#rows })
  }

  async #announce(): Promise<void> {
    if (this.#names.length === 0) return
    const many = this.#names.length > mostNames
    await announce(this.#scope.redis, this.#scope.project, many ? '*' : this.#names).catch(() => {})
  }
}
