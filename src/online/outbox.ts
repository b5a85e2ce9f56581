/** Rows on their way into Redis: a few batches at once, and no more rows in memory than these. */
import type { Redis } from '../db/redis.js'
import { type RedisRow, writeRows } from './redis-write.js'

const mostRows = 1_000
const mostCharacters = 256 * 1024
const mostBatches = 4

export class Outbox {
  readonly #redis: Redis
  readonly #underWay = new Set<Promise<void>>()
  #batch: RedisRow[] = []
  #characters = 0
  #failure: { readonly error: unknown } | undefined

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** @returns whether the batch is to be sent now */
  add(row: RedisRow): boolean {
    this.#batch.push(row)
    this.#characters += row.text.length
    return this.#batch.length >= mostRows || this.#characters >= mostCharacters
  }

  /** Waits where enough is under way. @throws FstoreError what an earlier batch met */
  async send(): Promise<void> {
    if (this.#batch.length > 0) this.#start(this.#batch)
    this.#batch = []
    this.#characters = 0
    if (this.#underWay.size >= mostBatches) await Promise.race(this.#underWay)
    this.#check()
  }

  /** Resolves when all that has been sent by now is in Redis, or has failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
    this.#check()
  }

  /** Until all of it is in Redis. @throws FstoreError REDIS_UNREACHABLE, REDIS_REFUSED */
  async drain(): Promise<void> {
    await this.send()
    await this.settled()
  }

  #start(rows: readonly RedisRow[]): void {
    const writing: Promise<void> = writeRows(this.#redis, rows)
      .then(
        () => {},
        (error: unknown) => {
          this.#failure ??= { error }
        },
      )
      .finally(() => void this.#underWay.delete(writing))
    this.#underWay.add(writing)
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
