/** Rows that were written while Redis could not take them: kept until it can, so that it does not stay behind. */
import type { Redis } from '../db/redis.js'
import { announce, type RedisRow, writeRows } from './redis-write.js'

/** More are left to the next sync, which finds them by their transactions. */
const most = 100_000
const batch = 1_000

export class PendingRows {
  readonly #redis: Redis
  readonly #project: string
  /** By name; a later row takes an earlier one's place. */
  readonly #rows = new Map<string, RedisRow>()

  constructor(redis: Redis, project: string) {
    this.#redis = redis
    this.#project = project
  }

  get size(): number {
    return this.#rows.size
  }

  /** What is newer of them is sent by another way. */
  drop(names: readonly string[]): void {
    for (const name of names) this.#rows.delete(name)
  }

  add(rows: readonly RedisRow[]): void {
    for (const row of rows) {
      this.#rows.delete(row.name)
      this.#rows.set(row.name, row)
    }
    for (const name of this.#rows.keys()) {
      if (this.#rows.size <= most) break
      this.#rows.delete(name)
    }
  }

  /** @throws FstoreError REDIS_UNREACHABLE, REDIS_REFUSED: the rest stays */
  async flush(): Promise<void> {
    while (this.#rows.size > 0) {
      const rows = [...this.#rows.values()].slice(0, batch)
      await writeRows(this.#redis, rows)
      await announce(
        this.#redis,
        this.#project,
        rows.map(({ name }) => name),
      )
      for (const row of rows) if (this.#rows.get(row.name) === row) this.#rows.delete(row.name)
    }
  }
}
