/** What one process keeps in memory, and another writes. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createFeatureStore } from '../../src/create-feature-store.js'
import { type Child, startChild } from '../db/child.js'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'
import { score } from './watched.js'

const hour = '3600000'

describe('a value that another process keeps in memory', () => {
  const project = 'watched'
  let own: OwnDatabase
  let redis: Redis
  let redisServer: OwnRedis
  let store: ReturnType<typeof createFeatureStore>
  let child: Child | undefined

  beforeAll(async () => {
    own = await createDatabase()
    redisServer = await startOwnRedis()
    redis = new Redis(redisServer.url)
    await asSuperuser(own.ownerUrl, `CREATE TABLE public.scores AS SELECT 'a' AS user_id, 0::bigint AS points`)
    const before = { ...process.env }
    Object.assign(process.env, { DATABASE_URL: own.ownerUrl, REDIS_URL: redisServer.url })
    store = createFeatureStore(score(project)) as unknown as typeof store
    process.env = before
    await store.migrate()
    await asSuperuser(own.ownerUrl, 'GRANT SELECT ON public.scores TO fstore_app')
    await store.build({ online: true })
  })
  afterEach(async () => child?.end())
  afterAll(async () => {
    redis?.disconnect()
    await store?.close()
    await own?.drop()
    await redisServer?.stop()
  })

  async function watch(ttl: string): Promise<{ value: number; source: string }> {
    child = await startChild('../online/watcher.ts', own.ownerUrl, redisServer.url, project, ttl)
    return seen()
  }
  const seen = async () => JSON.parse(await (child as Child).line())

  async function write(points: number): Promise<void> {
    await asSuperuser(own.ownerUrl, `UPDATE public.scores SET points = ${points}`)
    const { status } = await store.build({ online: true, full: true })
    expect(status).toBe('done')
  }

  test('is forgotten when it is written, however long it may be kept', async () => {
    expect(await watch(hour)).toMatchObject({ source: 'redis' })
    for (const points of [1, 2, 3]) {
      await write(points)
      expect(await seen()).toMatchObject({ value: points, source: 'redis' })
    }
  })

  test('is forgotten, too, when news of the write may have been missed', async () => {
    await watch(hour)
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await write(11)
    expect(await seen()).toMatchObject({ value: 11 })
  })

  test('is asked for again after its time, when nobody tells of the write', async () => {
    await watch('100')
    await redis.call('ACL', 'SETUSER', 'default', '-publish')
    try {
      // Postgres has it; the news of it, and so the end of the build, fail.
      await asSuperuser(own.ownerUrl, 'UPDATE public.scores SET points = 21')
      await store.build({ online: true, full: true }).then(undefined, () => {})
      expect(await seen()).toMatchObject({ value: 21 })
    } finally {
      await redis.call('ACL', 'SETUSER', 'default', '+publish')
    }
  })
})
