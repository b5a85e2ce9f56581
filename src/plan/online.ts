/** What a build does for Redis: it sends a group's rows, and moves its pointer there once Postgres has moved its own. */
import type { Database } from '../db/database.js'
import type { Redis } from '../db/redis.js'
import { isRedisFailure } from '../db/redis-failure.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'
import type { Schemas } from '../offline/feature-table.js'
import { projectedVersion, readPublished } from '../online/projected.js'
import { Projection, type ProjectionScope } from '../online/projection.js'
import { claimRedis } from '../online/redis-origin.js'
import { publish, withdraw } from '../online/redis-publish.js'
import { announce } from '../online/redis-write.js'
import type { SyncEvent } from '../online/sync.js'
import { told } from '../online/told.js'

/** What is told of sending rows to Redis. */
export type OnlineEvent =
  | SyncEvent
  /** Redis failed: from here on the build writes to Postgres alone. */
  | { readonly type: 'online-failed'; readonly error: FstoreError }

export class OnlineBuild {
  readonly #scope: ProjectionScope
  readonly #signal: AbortSignal | undefined
  #claimed = false
  #failure: FstoreError | undefined

  constructor(options: {
    db: Database
    redis: Redis
    schemas: Schemas
    project: string
    signal: AbortSignal | undefined
  }) {
    this.#scope = options
    this.#signal = options.signal
  }

  /** Why Redis has not got all of it. */
  get failure(): FstoreError | undefined {
    return this.#failure
  }

  /** @returns how many rows were sent */
  async *send(
    compiled: CompiledGroup,
    { tenants, version: number }: { readonly tenants: readonly string[]; readonly version: number },
  ): AsyncGenerator<OnlineEvent, number> {
    const version = projectedVersion(compiled.definition, number)
    let sent = 0
    const work = this.#claim(tenants)
    yield* this.#guarded(work)
    for (const tenant of tenants)
      yield* this.#guarded(
        told(this.#signal, async (tell, signal) => {
          sent += (await new Projection(this.#scope, { tenant, version, signal, tell }).run()).rows
        }),
      )
    return sent
  }

  /** Where this version is live in Postgres, it is in Redis from now on. */
  async *publish({ definition }: CompiledGroup): AsyncGenerator<OnlineEvent, void> {
    const { db, redis, schemas, project } = this.#scope
    const live = await db.transaction({ role: 'owner', readOnly: true }, (tx) => readPublished(tx, schemas.registry))
    const version = live.find(
      ({ group, fingerprint }) => group === definition.group.name && fingerprint === definition.fingerprint,
    )
    if (version === undefined) return
    yield* this.#guarded(
      told(undefined, async () => {
        if (await publish(redis, project, version)) await announce(redis, project, '*')
      }),
    )
  }

  async *withdraw(groups: readonly string[]): AsyncGenerator<OnlineEvent, void> {
    const { redis, project } = this.#scope
    yield* this.#guarded(told(undefined, async () => void (await withdraw(redis, project, groups))))
  }

  async *#claim(tenants: readonly string[]): AsyncGenerator<OnlineEvent, void> {
    if (this.#claimed) return
    const reset = await claimRedis(this.#scope, { tenants, reset: false })
    this.#claimed = true
    if (reset !== undefined) yield reset
  }

  /** What fails in Redis must not keep the rest from being built. */
  async *#guarded(work: AsyncGenerator<OnlineEvent, void>): AsyncGenerator<OnlineEvent, void> {
    if (this.#failure !== undefined || this.#signal?.aborted === true) return
    try {
      yield* work
    } catch (error) {
      if (!isRedisFailure(error)) throw error
      this.#failure = committed(error)
      yield { type: 'online-failed', error: this.#failure }
    }
  }
}

function committed({ code, message, why = '', fix = '' }: FstoreError): FstoreError {
  return new FstoreError(code, message, {
    why: `${why} What was built is in Postgres; not all of it is in Redis.`.trim(),
    fix:
      code === 'REDIS_FOREIGN'
        ? fix
        : `${fix} Then run \`fstore build --online\` or \`fstore sync\`: it goes on from there.`.trim(),
  })
}
