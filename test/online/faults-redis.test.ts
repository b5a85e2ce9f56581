/** Redis breaks in every way while others read and push: Postgres answers, and Redis is used again when it is back. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'
import { Faulty } from './faults.js'

let server: OwnRedis
let own: OwnDatabase
let faulty: Faulty
let admin: Redis

beforeAll(async () => {
  server = await startOwnRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
})
afterAll(() => server?.stop())
beforeEach(async () => {
  own = await createDatabase()
  admin = new Redis(server.url, { protocol: 2 }).on('error', () => {})
  await admin.flushall()
  faulty = await Faulty.open({ database: own.ownerUrl, redis: server.url })
  await faulty.backInRedis()
})
afterEach(async () => {
  await faulty?.close()
  admin?.disconnect()
  await own?.drop()
})

test('killed, and started with what it had', async () => {
  await faulty.during(async (seen) => {
    await seen.until(({ sources }) => sources.has('redis'))
    await server.kill()
    await seen.until(({ sources, online }) => sources.has('latest') && online.has('pending'))
    await seen.more()
    await server.restart()
    await seen.until(({ sources, online }) => sources.has('redis') && online.has('redis'))
    await seen.more()
    expect([...seen.everMet, ...seen.pushCodes]).toEqual([])
  })
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})

test.each([
  ['hangs for a while', async () => server.pause(), async () => server.resume()],
  ['pauses its clients', async () => void (await admin.client('PAUSE', 1_500, 'ALL')), async () => {}],
  ['pauses writes', async () => void (await admin.client('PAUSE', 60_000, 'WRITE')), unpause],
  [
    'drops its clients',
    async () => void (await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
    async () => {},
  ],
  ['refuses its clients', async () => refuse('off'), async () => refuse('on')],
])('it %s', async (what, breaks, mends) => {
  await faulty.during(async (seen) => {
    await seen.until(({ sources }) => sources.has('redis'))
    await breaks()
    if (what !== 'drops its clients') await seen.until(({ online }) => online.has('pending'))
    await seen.more()
    await mends()
    await seen.until(({ sources, online }) => sources.has('redis') && online.has('redis'))
    expect([...seen.everMet, ...seen.pushCodes]).toEqual([])
  })
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})

async function unpause(): Promise<void> {
  await admin.client('UNPAUSE')
}

/** As after a change of password: connections are dropped, and new ones are not let in. */
async function refuse(state: 'on' | 'off'): Promise<void> {
  await admin.call('ACL', 'SETUSER', 'default', state)
  if (state === 'off') await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
}

test('flushed: nothing of it counts until it is sent again', async () => {
  await faulty.during(async (seen) => {
    await seen.until(({ sources }) => sources.has('redis'))
    await admin.flushall()
    await seen.until(({ sources }) => sources.has('latest'))
    await seen.more()
    await faulty.store.sync()
    await seen.until(({ sources }) => sources.has('redis'))
    expect([...seen.everMet, ...seen.pushCodes]).toEqual([])
  })
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})

test('full: it takes nothing new, and what it has of before is not served', async () => {
  await faulty.during(async (seen) => {
    await seen.until(({ sources }) => sources.has('redis'))
    await admin.config('SET', 'maxmemory', 1)
    await seen.until(({ online }) => online.has('latest'))
    await seen.more()
    const refused = {
      code: 'REDIS_REFUSED',
      why: expect.stringContaining('OOM'),
      fix: expect.stringContaining('memory'),
    }
    await expect(faulty.store.sync({ full: true })).rejects.toMatchObject(refused)
    await seen.more()
    await admin.config('SET', 'maxmemory', 0)
    await faulty.store.sync()
    await seen.until(({ sources, online }) => sources.has('redis') && online.has('redis'))
    expect([...seen.everMet, ...seen.pushCodes]).toEqual([])
  })
  await faulty.backInRedis()
  expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
})

test('full, and it drops what was not used for long', async () => {
  await admin.config('SET', 'maxmemory-policy', 'allkeys-random')
  const { used_memory: used } = Object.fromEntries(
    (await admin.info('memory')).split('\r\n').map((line) => line.split(':') as [string, string]),
  )
  await faulty.during(async (seen) => {
    await admin.config('SET', 'maxmemory', Number(used) - 1_000)
    await seen.more(500)
    await admin.config('SET', 'maxmemory', 0)
    expect([...seen.everMet, ...seen.pushCodes]).toEqual([])
  })
  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  await faulty.store.sync()
  await faulty.backInRedis()
})
