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
/** Two processes, as far as they know. */
let stores: readonly [AnyStore, AnyStore]

beforeAll(async () => {
  ;[own, redis, root] = await Promise.all([createDatabase(), startOwnRedis(), mkdtemp(join(tmpdir(), 'fstore-agree-'))])
  admin = new Redis(redis.url)
  const profiles = { default: { database: own.ownerUrl, redis: redis.url } }
  const config = defineConfig({ project: 'agree', groups: [computed, pushed], profiles })
  const open = () => createFeatureStore(config, { root, cache: { ttl: 3_600_000 } }) as unknown as AnyStore
  stores = [open(), open()]
  await stores[0].migrate()
  await asSuperuser(
    own.ownerUrl,
    `CREATE TABLE public.source (user_id text, n bigint, at timestamptz, PRIMARY KEY (user_id, at));
     GRANT SELECT ON public.source TO fstore_app`,
  )
  expect(await stores[0].build({ online: true })).toMatchObject({ status: 'done' })
})
afterAll(async () => {
  await Promise.all((stores ?? []).map((store) => store.close()))
  admin?.disconnect()
  await redis?.stop()
  await own?.drop()
  await rm(root, { recursive: true, force: true })
})

const names = ['a', 'b', 'c']
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

/** Builds of one lane alone: two at once are refused. */
const lanes = fc.tuple(
  fc.array(fc.oneof(correct, retract, read), { maxLength: 6 }),
  fc.array(fc.oneof(push, push, read, sync), { maxLength: 10 }),
  fc.array(fc.oneof(push, read, read, sync, flush), { maxLength: 10 }),
)
type Step = Record<'kind' | 'name' | 'day', string> &
  Record<'n' | 'who' | 'ago', number> &
  Record<'full' | 'online', boolean>

let round = 0
const runs = rounds(12)

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
        await stores[0].sync()
        expect(await stores[0].verify({ all: true })).toMatchObject({ ok: true })
        await expectAgreement(names.map(keyOf))
      }),
      runs,
    )
  },
  patience(12, 10_000),
)

async function act({ kind, name, n, day, who, ago, full, online }: Step): Promise<void> {
  const store = stores[who === 1 ? 1 : 0]
  if (kind === 'read') await store.getFeatures({ entity: 'user', key: name, features })
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

async function expectAgreement(keys: readonly string[]): Promise<void> {
  const told = async (store: AnyStore, tier?: 'latest' | 'redis') => {
    const reads = await store.getMany({ entity: 'user', keys, features, tier })
    return reads.map((one) => Object.values(one.features).map(({ value, eventTimestampText: at }) => [value, at]))
  }
  const latest = await told(stores[0], 'latest')
  expect(await told(stores[0], 'redis')).toEqual(latest)
  // News of a write may be on its way.
  for (let attempt = 0; attempt < 50; attempt++) {
    const all = await Promise.all(stores.map((store) => told(store)))
    if (JSON.stringify(all) === JSON.stringify([latest, latest])) return
    await sleep(20)
  }
  for (const store of stores) expect(await told(store)).toEqual(latest)
}
