/** Rows that were written while Redis could not take them: it is sent them when it can, so that it does not stay behind. */
import type { Redis } from '../db/redis.js'
import type { Packed } from './packed.js'
import { withdraw } from './redis-publish.js'
import { announce, type RedisRow, writeRows } from './redis-write.js'
import type { Lookup, Tier } from './tier.js'

/** Past so many, readers find the groups in Redis no more until the next sync has sent them. */
const most = 100_000
const batch = 1_000

export interface PendingOptions {
  readonly redis: Redis
  readonly project: string
  readonly tenant: string
  /** Where the rows are read again: what was erased meanwhile must not come back. */
  readonly latest: Tier
  readonly rowOf: (lookup: Lookup, packed: Packed) => RedisRow
}

export class PendingRows {
  readonly #options: PendingOptions
  readonly #rows = new Map<string, Lookup>()
  readonly #lost = new Set<string>()

  constructor(options: PendingOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0 && this.#lost.size === 0
  }

  /** What is newer of them is sent by another way. */
  drop(rows: readonly Lookup[]): void {
    for (const { name } of rows) this.#rows.delete(name)
  }

  add(rows: readonly Lookup[]): void {
    for (const row of rows) {
      if (this.#rows.size < most || this.#rows.has(row.name)) this.#rows.set(row.name, row)
      else this.#lost.add(row.version.group)
    }
  }

  /** @throws FstoreError REDIS_UNREACHABLE, REDIS_REFUSED, DATABASE_UNREACHABLE: the rest stays */
  async flush(): Promise<void> {
    const { redis, project } = this.#options
    const lost = [...this.#lost]
    await withdraw(redis, project, lost)
    for (const group of lost) this.#lost.delete(group)
    while (this.#rows.size > 0) await this.#send([...this.#rows.values()].slice(0, batch))
  }

  async #send(rows: readonly Lookup[]): Promise<void> {
    const { redis, project, tenant, latest, rowOf } = this.#options
    const { found } = await latest.read(tenant, rows)
    const there = rows.flatMap((row, i) => (found[i] ? [rowOf(row, found[i])] : []))
    const gone = rows.flatMap(({ name }, i) => (found[i] ? [] : [name]))
    await writeRows(redis, there)
    if (gone.length > 0) await redis.unlink(gone)
    const names = rows.map(({ name }) => name)
    await announce(redis, project, names)
    for (const row of rows) if (this.#rows.get(row.name) === row) this.#rows.delete(row.name)
  }
}
