/** Redis with several processes breaks in part. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnServer, startOwn } from '../servers/own.js'
import { Faulty } from './faults.js'

let own: OwnDatabase
let redis: OwnServer | undefined
let faulty: Faulty | undefined

beforeEach(async () => {
  own = await createDatabase()
})
afterEach(async () => {
  await faulty?.close()
  await redis?.stop()
  await own?.drop()
})

test.each([0, 1, 2])('node %s of a cluster is killed, and comes back', async (node) => {
  redis = await startOwn('redis-cluster', { args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  faulty = await Faulty.open({ database: own.ownerUrl, redis: redis.url })
  await faulty.backInRedis()
  await faulty.during(async (seen) => {
    await redis?.nodes[node]?.kill()
    await seen.until(({ sources }) => sources.has('latest'))
    await seen.more()
    await redis?.nodes[node]?.restart()
    await seen.until(({ sources, online }) => sources.has('redis') && online.has('redis'))
    expect([...seen.everMet]).toEqual([])
  })
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})

test('a master that Sentinel watches is killed, and its replica takes over', async () => {
  redis = await startOwn('redis-sentinel')
  faulty = await Faulty.open({ database: own.ownerUrl, redis: redis.url })
  await faulty.backInRedis()
  await faulty.during(async (seen) => {
    await redis?.nodes[0]?.kill()
    await seen.until(({ sources, online }) => sources.has('latest') && online.has('pending'))
    await seen.until(({ sources, online }) => sources.has('redis') && online.has('redis'))
    await seen.more()
    expect([...seen.everMet]).toEqual([])
  })
  // What the replica had not been sent when the master went down comes with the next sync.
  await faulty.store.sync()
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})
