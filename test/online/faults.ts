/** A store on real servers that a test breaks, while others read and push: every answer has to be a right one. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import {
  batch,
  createFeatureStore,
  defineConfig,
  entity,
  type FeatureStoreOptions,
  FstoreError,
  int64,
  sql,
  stream,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { asSuperuser } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
/** Computed, and never changed by a test. */
const score = batch('score', {
  entity: user,
  every: '1d',
  start: '2026-03-01',
  end: '2026-03-02',
  features: { points: int64() },
  sql: sql`SELECT user_id, points FROM source`,
})
/** Pushed: each user's count only rises. */
const live = stream('live', { entity: user, features: { n: int64() } })

export const users = Array.from({ length: 12 }, (_, i) => `u${i}`)
const pointsOf = (name: string) => Number(name.slice(1)) * 10

/** Nothing may take longer, whatever is broken: milliseconds. */
const patience = 20_000

export class Faulty {
  readonly store: AnyStore
  readonly #root: string
  readonly #acknowledged = new Map<string, number>()
  readonly #attempted = new Map<string, number>()

  private constructor(store: AnyStore, root: string) {
    this.store = store
    this.#root = root
  }

  /** Built, pushed and sent. */
  static async open(
    urls: { database: string; redis: string },
    { rows = 0, ...options }: FeatureStoreOptions & { rows?: number } = {},
  ): Promise<Faulty> {
    const root = await mkdtemp(join(tmpdir(), 'fstore-faults-'))
    const config = defineConfig({ project: 'faults', groups: [score, live], profiles: { default: urls } })
    const store = createFeatureStore(config, { root, cache: { max: 0 }, ...options }) as unknown as AnyStore
    const faulty = new Faulty(store, root)
    try {
      await faulty.#fill(urls.database, rows)
    } catch (error) {
      await faulty.close()
      throw error
    }
    return faulty
  }

  async #fill(database: string, rows: number): Promise<void> {
    await this.store.migrate()
    const values = users.map((name) => `('${name}', ${pointsOf(name)})`).join(', ')
    await asSuperuser(
      database,
      `CREATE TABLE public.source (user_id text, points bigint);
       INSERT INTO public.source VALUES ${values};
       INSERT INTO public.source SELECT 'more' || n, n FROM generate_series(1, ${rows}) AS n;
       GRANT SELECT ON public.source TO fstore_app`,
    )
    expect(await this.store.build({ online: true })).toMatchObject({ status: 'done' })
    for (const name of users) await this.push(name)
    await this.store.sync()
  }

  async close(): Promise<void> {
    await bounded(this.store.close())
    await rm(this.#root, { recursive: true, force: true })
  }

  /** Readers and writers go on while the work is done; resolves to what was told and what failed meanwhile. */
  async during(work: (seen: Seen) => Promise<void>): Promise<Seen> {
    const seen = new Seen()
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    let isOver = false
    const loop = async (step: () => Promise<void>) => {
      while (!isOver) {
        await step()
        await sleep(1)
      }
    }
    const readers = users.slice(0, 6).map((_, i) => loop(() => this.#read(users[seen.count % (i + 7)] as string, seen)))
    const writers = users.slice(0, 2).map((name) => loop(() => this.push(name, seen)))
    const working = work(seen).finally(() => {
      isOver = true
    })
    try {
      await Promise.all([working, ...readers, ...writers])
      await sleep(10)
      expect(unhandled).toEqual([])
    } finally {
      isOver = true
      await Promise.allSettled([working, ...readers, ...writers])
      process.off('unhandledRejection', onUnhandled)
    }
    return seen
  }

  /** Waits until every tier that is asked says what was acknowledged, and Redis answers. */
  async backInRedis(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const seen = new Seen()
      for (const name of users) await this.#read(name, seen)
      if (seen.sources.size === 1 && seen.sources.has('redis')) return
      await sleep(50)
    }
    throw new Error('Redis is not asked again')
  }

  async #read(name: string, seen: Seen): Promise<void> {
    const least = this.#acknowledged.get(name) ?? 0
    const features = ['score.points', 'live.n']
    const read = await bounded(this.store.getFeatures({ entity: 'user', key: name, features })).catch(seen.failed)
    if (read === undefined) return
    for (const { source } of Object.values(read.features)) seen.sources.add(String(source))
    seen.count++
    const most = this.#attempted.get(name) ?? 0
    const n = read.values['live.n'] as number
    const isRight = read.values['score.points'] === pointsOf(name) && n >= least && n <= most
    if (!isRight) throw new Error(`Wrong for ${name}, ${least} to ${most}: ${JSON.stringify(read)}`)
  }

  /** The next number for a user. */
  async push(name: string, seen = new Seen()): Promise<void> {
    const n = (this.#attempted.get(name) ?? 0) + 1
    this.#attempted.set(name, n)
    const push = this.store.setFeature({ feature: 'live.n', key: name, value: n })
    const result = await bounded(push).catch(seen.refused)
    if (result === undefined) return
    this.#acknowledged.set(name, n)
    seen.online.add(result.online)
  }
}

/** What readers and writers have met. */
export class Seen {
  count = 0
  /** Tiers that answered. */
  readonly sources = new Set<string>()
  /** Where pushes ended up. */
  readonly online = new Set<string>()
  /** Of the errors that readers met. */
  readonly codes = new Set<string>()
  readonly pushCodes = new Set<string>()
  /** All codes that readers have met from the beginning. */
  readonly everMet = new Set<string>()

  readonly failed = (error: unknown): undefined => {
    this.codes.add(codeOf(error))
    this.everMet.add(codeOf(error))
  }

  readonly refused = (error: unknown): undefined => {
    this.pushCodes.add(codeOf(error))
  }

  /** Until there were so many answers more. */
  async more(count = 50): Promise<void> {
    for (const until = this.count + count; this.count < until; ) await sleep(5)
  }

  /** Forgets what it has seen, and waits until something was seen again. */
  async until(isSeen: (seen: Seen) => boolean): Promise<void> {
    this.sources.clear()
    this.online.clear()
    this.codes.clear()
    this.pushCodes.clear()
    for (let attempt = 0; attempt < 2_000; attempt++) {
      if (isSeen(this)) return
      await sleep(10)
    }
    throw new Error(`Not seen: ${isSeen}`)
  }
}

function codeOf(error: unknown): string {
  if (error instanceof FstoreError && error.why && error.fix) return error.code
  throw error
}

/** Fails where work hangs. */
export async function bounded<T>(work: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It hangs')), patience)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
