/** A sync that is interrupted anywhere is finished by the next one, exactly. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { FstoreError } from '../../src/index.js'
import { asSuperuser } from '../servers/databases.js'
import { type OwnNode, type OwnRedis, type OwnServer, startOwnPostgres, startOwnRedis } from '../servers/own.js'
import { withDatabase } from '../servers/server.js'
import { bounded, Faulty } from './faults.js'

const rows = 20_000
let postgres: OwnServer & OwnNode
let kept: OwnRedis
let fleeting: OwnRedis
let faulty: Faulty
let admin: Redis

beforeAll(async () => {
  const args = ['--appendonly', 'yes', '--appendfsync', 'no']
  ;[postgres, kept, fleeting] = await Promise.all([startOwnPostgres(), startOwnRedis({ args }), startOwnRedis()])
})
afterAll(() => Promise.all([postgres?.stop(), kept?.stop(), fleeting?.stop()]))
beforeEach(() => asSuperuser(postgres.url, 'CREATE DATABASE faults'))
afterEach(async () => {
  await faulty?.close()
  admin?.disconnect()
  await asSuperuser(postgres.url, 'DROP DATABASE faults WITH (FORCE)')
})

const open = async (redis: OwnRedis) => {
  admin = new Redis(redis.url, { protocol: 2 }).on('error', () => {})
  await admin.flushall()
  faulty = await Faulty.open({ database: withDatabase(postgres.url, 'faults'), redis: redis.url }, { rows })
}

/** When in a sync something happens, of the time that it takes. */
const moments = [0.2, 0.5, 0.8]

const faults: readonly (readonly [
  string,
  () => OwnRedis,
  () => Promise<void>,
  () => Promise<void>,
  readonly string[],
])[] = [
  ['Redis killed, and started with what it had', () => kept, () => kept.kill(), () => kept.restart(), unreachable()],
  ['Redis killed, and started empty', () => fleeting, () => fleeting.kill(), () => fleeting.restart(), unreachable()],
  ['Redis flushed', () => fleeting, async () => void (await admin.flushall()), async () => {}, []],
  ['Redis full', () => fleeting, () => limit(1), () => limit(0), ['REDIS_REFUSED']],
  ['Redis paused', () => fleeting, async () => void (await admin.client('PAUSE', 500, 'ALL')), () => sleep(0), []],
  ['Postgres killed', () => fleeting, () => postgres.kill(), () => postgres.restart(), ['DATABASE_UNREACHABLE']],
]

function unreachable(): string[] {
  return ['REDIS_UNREACHABLE']
}

async function limit(bytes: number): Promise<void> {
  await admin.config('SET', 'maxmemory', bytes)
}

test.each(faults)('%s in the middle of it', async (_, redis, breaks, mends, codes) => {
  await open(redis())
  const started = Date.now()
  await faulty.store.sync({ full: true })
  const usual = Date.now() - started
  const met = new Set<string>()
  for (const moment of moments) {
    const breaking = sleep(moment * usual).then(breaks)
    const failed = (error: unknown) => void met.add((error as FstoreError).code)
    await bounded(faulty.store.sync({ full: true }).then(() => {}, failed))
    await breaking
    await mends()
    expect(await bounded(faulty.store.sync())).toMatchObject({ status: 'done' })
    expect(await faulty.store.verify({ all: true })).toMatchObject({ ok: true })
  }
  for (const code of met) expect(codes).toContain(code)
  await faulty.backInRedis()
})
