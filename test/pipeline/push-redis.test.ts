/** Pushes while Redis takes them, while it is gone, and after it is back. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createFeatureStore, defineConfig, entity, int64, stream, string } from '../../src/index.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'

const config = defineConfig({
  project: 'pushed',
  groups: [
    stream('cart', { entity: entity('user', { user_id: 'string' }), features: { items: int64(), last: string() } }),
  ],
})
const features = ['cart.items', 'cart.last'] as const

let own: OwnDatabase
let redis: OwnRedis
let writer: ReturnType<typeof open>
let reader: ReturnType<typeof open>

function open() {
  const before = { ...process.env }
  Object.assign(process.env, { DATABASE_URL: own.ownerUrl, REDIS_URL: redis.url })
  const store = createFeatureStore(config, { cache: { max: 0 }, redisTimeout: 2_000 })
  process.env = before
  return store
}

beforeAll(async () => {
  own = await createDatabase()
  redis = await startOwnRedis()
  writer = open()
  await writer.build({ online: true })
  reader = open()
})
afterAll(async () => {
  await writer?.close()
  await reader?.close()
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
