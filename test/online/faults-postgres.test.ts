/** Postgres breaks, alone and with Redis: what Redis has is still told, and the rest fails with a clear error. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { asSuperuser } from '../servers/databases.js'
import { type OwnNode, type OwnRedis, type OwnServer, startOwnPostgres, startOwnRedis } from '../servers/own.js'
import { withDatabase } from '../servers/server.js'
import { bounded, Faulty } from './faults.js'

let postgres: OwnServer & OwnNode
let redis: OwnRedis
let faulty: Faulty

beforeAll(async () => {
  const args = ['--appendonly', 'yes', '--appendfsync', 'always']
  ;[postgres, redis] = await Promise.all([startOwnPostgres(), startOwnRedis({ args })])
})
afterAll(() => Promise.all([postgres?.stop(), redis?.stop()]))
beforeEach(async () => {
  await asSuperuser(postgres.url, 'CREATE DATABASE faults')
  faulty = await Faulty.open({ database: withDatabase(postgres.url, 'faults'), redis: redis.url })
  await faulty.backInRedis()
})
afterEach(async () => {
  await faulty?.close()
  await asSuperuser(postgres.url, 'DROP DATABASE faults WITH (FORCE)')
  const admin = new Redis(redis.url)
  await admin.flushall()
  admin.disconnect()
})

const features = ['score.points', 'live.n']
const readAbsent = () => faulty.store.getFeatures({ entity: 'user', key: 'nobody', features })

test.each([
  ['restarted', () => postgres.restart()],
  ['killed', () => postgres.kill().then(() => postgres.restart())],
])('Postgres %s: Redis answers', async (_, restart) => {
  await faulty.during(async (seen) => {
    await seen.until(({ sources, online }) => sources.has('redis') && online.has('redis'))
    await restart()
    await seen.until(({ online }) => online.has('redis'))
    expect([...seen.everMet]).toEqual([])
  })
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})

test('Postgres is gone for long: only what Redis cannot tell fails', async () => {
  await faulty.during(async (seen) => {
    await postgres.kill()
    await seen.until(({ pushCodes }) => pushCodes.has('DATABASE_UNREACHABLE'))
    await seen.more(500)
    const error = await bounded(readAbsent()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', why: 'Nothing listens there.' })
    expect([...seen.everMet]).toEqual([])
    expect([...seen.sources]).toEqual(['redis'])
    await postgres.restart()
    await seen.until(({ online }) => online.has('redis'))
    expect(await readAbsent()).toMatchObject({ values: { 'score.points': null } })
  })
  await faulty.backInRedis()
})

test('both are gone: a clear error, of both, until one is back', async () => {
  await faulty.during(async (seen) => {
    await Promise.all([postgres.kill(), redis.kill()])
    await seen.until(({ codes, pushCodes }) => codes.size > 0 && pushCodes.size > 0)
    expect([...seen.codes, ...seen.pushCodes]).toEqual(['DATABASE_UNREACHABLE', 'DATABASE_UNREACHABLE'])
    const error = await bounded(readAbsent()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      why: expect.stringMatching(/^Nothing listens there. Before it, redis was tried: Cannot reach Redis/),
    })
    await redis.restart()
    await seen.until(({ sources }) => sources.has('redis'))
    await seen.more()
    await redis.kill()
    await postgres.restart()
    await seen.until(({ sources, online }) => sources.has('latest') && online.has('pending'))
    await redis.restart()
    await seen.until(({ sources, online }) => sources.has('redis') && online.has('redis'))
  })
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})
