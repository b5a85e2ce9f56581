/** Pushes while Redis takes them, while it is gone, and after it is back. */
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openRedis, type Redis } from '../../src/db/redis.js'
import { createFeatureStore, defineConfig, entity, int64, stream, string } from '../../src/index.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'

const user = entity('user', { user_id: 'string' })
const both = { items: int64(), last: string() }
type Features = Partial<typeof both> & { coupons?: typeof both.items }
const configOf = (features: Features) =>
  defineConfig({
    project: 'pushed',
    groups: [
      stream('cart', { entity: user, features: features as typeof both }),
      stream('visit', { entity: user, ttl: '1d', features: { at: int64() } }),
    ],
  })
const features = ['cart.items', 'cart.last'] as const

let own: OwnDatabase
let redis: OwnRedis
let admin: Redis
let writer: ReturnType<typeof open>
let reader: ReturnType<typeof open>

function open(cache: { max?: number; ttl?: number } = { max: 0 }, features: Features = both, online = true) {
  const before = { ...process.env }
  Object.assign(process.env, { DATABASE_URL: own.ownerUrl, REDIS_URL: online ? redis.url : '' })
  const store = createFeatureStore(configOf(features), { cache, redisTimeout: 2_000 })
  process.env = before
  return store
}

beforeAll(async () => {
  own = await createDatabase()
  redis = await startOwnRedis()
  admin = openRedis({ url: redis.url })
  writer = open()
  await writer.build({ online: true })
  reader = open()
})
afterAll(async () => {
  await writer?.close()
  await reader?.close()
  await admin?.close()
  await own?.drop()
  await redis?.stop()
})

async function read(key: string, store = reader) {
  const { values, features: found } = await store.getFeatures({ entity: 'user', key, features })
  return [values['cart.items'], values['cart.last'], found['cart.items'].source]
}

/** Until that is the answer. */
async function readsAs(key: string, expected: unknown, store = reader): Promise<void> {
  while (JSON.stringify(await read(key, store)) !== JSON.stringify(expected))
    await new Promise((resolve) => setTimeout(resolve, 20))
}

test('a push is in Redis when it returns, and history has it', async () => {
  const rows = [
    { key: 'a', features: { items: 1, last: 'pen' } },
    { key: 'b', features: { items: 2 } },
  ]
  expect(await writer.setFeatures({ group: 'cart', rows })).toMatchObject({ written: 2, online: 'redis' })
  expect([await read('a'), await read('b')]).toEqual([
    [1, 'pen', 'redis'],
    [2, null, 'redis'],
  ])
  expect(await writer.setFeature({ feature: 'cart.items', key: 'a', value: 3 })).toMatchObject({ online: 'redis' })
  expect(await read('a')).toEqual([3, 'pen', 'redis'])
  const past = await reader.history({ feature: 'cart.items', key: 'a' })
  expect(past.map(({ value }) => value)).toEqual([3, 1])
  expect(await writer.verify({ all: true })).toMatchObject({ ok: true })
})

test('one that Redis missed is right in every read, and is there when it is back', async () => {
  await redis.kill()
  expect(await writer.setFeature({ feature: 'cart.items', key: 'a', value: 4 })).toMatchObject({ online: 'pending' })
  expect(await read('a', writer)).toEqual([4, 'pen', 'latest'])
  await redis.restart()
  // It came back empty, and readers do not take it for what it was before.
  await readsAs('a', [4, 'pen', 'latest'])
  await writer.sync()
  await readsAs('a', [4, 'pen', 'redis'])
  expect(await writer.verify({ all: true })).toMatchObject({ ok: true })
})

test('one that Redis was too slow for is sent again by who wrote it', async () => {
  await redis.pause()
  expect(await writer.setFeature({ feature: 'cart.items', key: 'b', value: 9 })).toMatchObject({ online: 'pending' })
  expect(await read('b', writer)).toEqual([9, null, 'latest'])
  await redis.resume()
  await readsAs('b', [9, null, 'redis'])
  await readsAs('b', [9, null, 'redis'], writer)
  expect(await writer.verify({ all: true })).toMatchObject({ ok: true })
})

test('one that is erased while Redis waits for it does not come back', async () => {
  await writer.setFeature({ feature: 'cart.items', key: 'gone', value: 1 })
  await redis.pause()
  expect(await writer.setFeature({ feature: 'cart.items', key: 'gone', value: 2 })).toMatchObject({ online: 'pending' })
  await redis.resume()
  const away = open(undefined, both, false)
  await away.erase({ entity: 'user', key: 'gone' })
  await away.close()
  expect(await read('gone', writer)).toEqual([null, null, null])
  // Until Redis was told, it had what it took before.
  while (!(await writer.verify({ all: true })).ok) await new Promise((resolve) => setTimeout(resolve, 20))
  await writer.setFeature({ feature: 'cart.items', key: 'other', value: 3 })
  await readsAs('other', [3, null, 'redis'])
  expect(await read('gone')).toEqual([null, null, null])
  expect(await writer.verify({ all: true })).toMatchObject({ ok: true })
})

test('nothing is put into a Redis that holds the values of another database', async () => {
  const other = await createDatabase()
  const before = { ...process.env }
  Object.assign(process.env, { DATABASE_URL: other.ownerUrl, REDIS_URL: redis.url })
  const stranger = createFeatureStore(configOf(both), { cache: { max: 0 }, redisTimeout: 2_000 })
  process.env = before
  try {
    await stranger.build()
    expect(await stranger.setFeature({ feature: 'cart.items', key: 'a', value: 666 })).toMatchObject({
      online: 'latest',
    })
    expect((await read('a'))[0]).not.toBe(666)
    await expect(stranger.sync()).rejects.toMatchObject({ code: 'REDIS_FOREIGN' })
  } finally {
    await stranger.close()
    await other.drop()
  }
})

test('a row from long ago keeps no other from Redis', async () => {
  const rows = [
    { key: 'ancient', features: { at: 1 }, eventTimestamp: '1900-01-01T00:00:00Z' },
    { key: 'recent', features: { at: 2 } },
  ]
  expect(await writer.setFeatures({ group: 'visit', rows })).toMatchObject({ written: 2, online: 'redis' })
  const { features: found } = await reader.getFeatures({ entity: 'user', key: 'recent', features: ['visit.at'] })
  expect(found['visit.at']).toMatchObject({ value: 2, source: 'redis' })
})

test('what was read from Redis before it failed to take a push is not kept', async () => {
  const keeper = open({ ttl: 600_000 })
  await read('c', keeper)
  await admin.command('config', 'set', 'min-replicas-to-write', '1')
  try {
    for (const n of [1, 2, 3]) {
      let isWritten = false
      const write = keeper.setFeature({ feature: 'cart.items', key: 'c', value: n }).finally(() => {
        isWritten = true
      })
      // From memory a read comes at once: others must get their turn.
      while (!isWritten) await read('c', keeper).then(() => setImmediate())
      expect(await write).toMatchObject({ online: 'pending' })
      expect((await read('c', keeper))[0]).toBe(n)
    }
  } finally {
    await admin.command('config', 'set', 'min-replicas-to-write', '0')
    await keeper.close()
  }
  expect(await writer.verify({ all: true })).toMatchObject({ ok: true })
})

test('readers do not see the version before, once another is pushed to', async () => {
  const items = { items: int64(), last: string() }
  const next = open(undefined, { ...items, coupons: int64() })
  await next.build()
  expect(await next.setFeature({ feature: 'cart.items', key: 'a', value: 70 })).toMatchObject({ online: 'latest' })
  expect(await read('a', next)).toEqual([70, 'pen', 'latest'])
  await readsAs('a', [70, 'pen', 'latest'])
  await next.sync()
  expect(await next.setFeature({ feature: 'cart.items', key: 'a', value: 71 })).toMatchObject({ online: 'redis' })
  await readsAs('a', [71, 'pen', 'redis'])
  await next.close()
})

test('readers go on when the table of the version that Redis names is gone', async () => {
  const last = open(undefined, { items: int64() })
  await last.build()
  const away = open(undefined, { items: int64() }, false)
  await away.cleanup({ keepVersions: 0 })
  await admin.command('del', `fs:{pushed:default:user:b}:cart@${(await redisVersion()).split(':')[1]}`)
  const ask = () => reader.getFeatures({ entity: 'user', key: 'b', features: ['cart.items'] })
  expect((await ask()).features['cart.items']).toMatchObject({ value: 9, source: 'latest' })
  await Promise.all([last.close(), away.close()])
})

async function redisVersion(): Promise<string> {
  return String(await admin.command('hget', 'fs:{pushed}:active', 'cart'))
}
