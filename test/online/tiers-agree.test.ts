/** Whatever is written, corrected, retracted, sent and read at once: in the end every tier says what latest says. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { batch, createFeatureStore, defineConfig, entity, int64, sql, stream } from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { patience, rounds } from '../rounds.js'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type Jitter, jitter } from '../servers/jitter.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'

const user = entity('user', { user_id: 'string' })
const computed = batch('computed', {
  entity: user,
  every: '1d',
  start: '2026-03-01',
  end: '2026-03-03',
  features: { n: int64() },
  sql: sql`SELECT user_id, n FROM source WHERE at >= :start_time AND at < :end_time`,
})
const pushed = stream('pushed', { entity: user, features: { n: int64() } })
const features = ['computed.n', 'pushed.n']

let own: OwnDatabase
let redis: OwnRedis
let admin: Redis
let root: string
let ways: readonly Jitter[] = []
/** Two processes, as far as they know. */
let stores: readonly [AnyStore, AnyStore]

beforeAll(async () => {
  ;[own, redis, root] = await Promise.all([createDatabase(), startOwnRedis(), mkdtemp(join(tmpdir(), 'fstore-agree-'))])
  admin = new Redis(redis.url)
  ways = await Promise.all([own.ownerUrl, redis.url, own.ownerUrl, redis.url].map((url) => jitter(url, 15)))
  const [database, online, otherDatabase, otherOnline] = ways.map(({ url }) => url) as [string, string, string, string]
  stores = [open(database, online), open(otherDatabase, otherOnline)]
  await stores[0].migrate()
  await asSuperuser(
    own.ownerUrl,
    `CREATE TABLE public.source (user_id text, n bigint, at timestamptz, PRIMARY KEY (user_id, at));
     GRANT SELECT ON public.source TO fstore_app`,
  )
  expect(await stores[0].build({ online: true })).toMatchObject({ status: 'done' })
})

function open(database: string, online: string): AnyStore {
  const profiles = { default: { database, redis: online } }
  const config = defineConfig({ project: 'agree', groups: [computed, pushed], profiles })
  const options = { root, cache: { ttl: 3_600_000 }, redisTimeout: 5_000 }
  return createFeatureStore(config, options) as unknown as AnyStore
}

afterAll(async () => {
  await Promise.all((stores ?? []).map((store) => store.close()))
  admin?.disconnect()
  for (const way of ways) way.close()
  await redis?.stop()
  await own?.drop()
  await rm(root, { recursive: true, force: true })
})

const names = ['a', 'b']
const name = fc.constantFrom(...names)
const n = fc.integer({ min: 0, max: 9 })
const who = fc.constantFrom(0, 1)
const day = fc.constantFrom('2026-03-01', '2026-03-02')

const read = fc.record({ kind: fc.constant('read'), name, who })
const sync = fc.record({ kind: fc.constant('sync'), who, full: fc.boolean() })
const push = fc.record({ kind: fc.constant('push'), name, n, who, ago: fc.constantFrom(0, 0, 60) })
const correct = fc.record({ kind: fc.constant('correct'), name, n, day, online: fc.boolean() })
const retract = fc.record({ kind: fc.constant('retract'), name, day, online: fc.boolean() })
const flush = fc.record({ kind: fc.constant('flush') })
const drop = fc.record({ kind: fc.constant('drop'), name, who })
const readings = fc.array(read, { maxLength: 15 })

/** At once. Builds are of one lane alone: two at once are refused. */
const lanes = fc.tuple(
  fc.array(fc.oneof(correct, retract), { maxLength: 4 }),
  fc.array(push, { maxLength: 8 }),
  fc.array(fc.oneof(push, push, drop), { maxLength: 8 }),
  fc.array(fc.oneof({ weight: 4, arbitrary: sync }, flush), { maxLength: 4 }),
  readings,
  readings,
  readings,
)
type Step = Record<'kind' | 'name' | 'day', string> &
  Record<'n' | 'who' | 'ago', number> &
  Record<'full' | 'online', boolean>

let round = 0
const runs = rounds(6)

test(
  'all tiers agree',
  async () => {
    await fc.assert(
      fc.asyncProperty(lanes, async (steps) => {
        const mark = `${round++}`
        const keyOf = (one: string) => `${one}${mark}`
        await Promise.all(
          steps.map(async (lane) => {
            for (const step of lane as unknown as Step[]) await act({ ...step, name: keyOf(step.name) })
          }),
        )
        // What is pushed needs no sync.
        const keys = names.map(keyOf)
        await expectAgreement({ keys, features: ['pushed.n'] }, false)
        await stores[0].sync()
        expect(await stores[0].verify({ all: true })).toMatchObject({ ok: true })
        await expectAgreement({ keys, features }, true)
      }),
      runs,
    )
  },
  patience(6, 10_000),
)

async function act({ kind, name, n, day, who, ago, full, online }: Step): Promise<void> {
  const store = stores[who === 1 ? 1 : 0]
  if (kind === 'read') await store.getFeatures({ entity: 'user', key: name, features })
  else if (kind === 'drop') await store.invalidate({ entity: 'user', key: name })
  else if (kind === 'sync') await store.sync({ full })
  else if (kind === 'push') {
    const eventTimestamp = new Date(Date.now() - ago * 1000)
    await store.setFeature({ feature: 'pushed.n', key: name, value: n, eventTimestamp })
  } else if (kind === 'flush') await admin.flushall()
  else {
    const upsert = `INSERT INTO public.source VALUES ('${name}', ${n}, '${day}') ON CONFLICT (user_id, at) DO UPDATE SET n = ${n}`
    const remove = `DELETE FROM public.source WHERE user_id = '${name}' AND at = '${day}'`
    await asSuperuser(own.ownerUrl, kind === 'correct' ? upsert : remove)
    expect(await store.build({ full: true, online })).toMatchObject({ status: 'done' })
  }
}

async function told(store: AnyStore, request: Agreement, tier?: 'latest' | 'redis'): Promise<unknown[][]> {
  const reads = await store.getMany({ entity: 'user', ...request, tier })
  return reads.flatMap((one) => Object.values(one.features).map(({ value, eventTimestampText: at }) => [value, at]))
}

interface Agreement {
  readonly keys: readonly string[]
  readonly features: readonly string[]
}

async function expectAgreement(request: Agreement, isSent: boolean): Promise<void> {
  const latest = await told(stores[0], request, 'latest')
  const inRedis = await told(stores[0], request, 'redis')
  // It may have lost some.
  const absent = (_: unknown, i: number) => (isSent || inRedis[i]?.[0] !== null ? latest[i] : inRedis[i])
  expect(inRedis).toEqual(latest.map(absent))
  // News of a write may be on its way.
  for (let attempt = 0; attempt < 50; attempt++) {
    const all = await Promise.all(stores.map((store) => told(store, request)))
    if (JSON.stringify(all) === JSON.stringify([latest, latest])) return
    await sleep(20)
  }
  for (const store of stores) expect(await told(store, request)).toEqual(latest)
}
