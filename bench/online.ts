/** Reads of newest values and their way into Redis, against ioredis on the same bytes in the same process. */
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import type { Redis } from 'ioredis'
import type pg from 'pg'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../src/index.js'
import { type Bench, count, measure, medianOf, ratios } from './harness.js'
import { type Latency, spreadOf, timeCalls, warmUp } from './latency.js'
import { withDatabase } from './postgres.js'
import { withRedis } from './redis.js'
import type { Cell, Table } from './table.js'

const user = entity('user', { user_id: 'string' })
const once = { entity: user, start: '2026-01-01', end: '2026-01-02' } as const
const named = (width: number) => Array.from({ length: width }, (_, i) => `f${i}`)
const group = (name: string, width: number, text: string) =>
  batch(name, {
    ...once,
    features: Object.fromEntries(named(width).map((one) => [one, float64()])),
    sql: sql(Object.assign([text], { raw: [text] })),
  })
const select = (width: number, where = '') =>
  `SELECT user_id, ${named(width)
    .map((one, i) => `round((n * ${i + 1}) % 997 / 7.0, 3)::float8 AS ${one}`)
    .join(', ')} FROM users ${where}`
/** `g0` of ten features is the one most figures are about. */
const narrow = Array.from({ length: 5 }, (_, i) => group(`g${i}`, 10, select(10)))
const wide = group('wide', 250, select(250, 'WHERE n < 2000'))
const config = defineConfig({ project: 'bench_online', groups: [...narrow, wide] })

const shapes = [
  { name: '1 group × 10', groups: ['g0'], width: 10 },
  { name: '5 groups × 10', groups: narrow.map(({ name }) => name), width: 10 },
  { name: '1 group × 250', groups: ['wide'], width: 250 },
] as const

export async function run({ scale, runs, keep }: Bench): Promise<void> {
  const users = Math.max(2_000, Math.round(100_000 * scale))
  await withRedis((redisUrl, client) =>
    withDatabase(async (url, db) => {
      await createUsers(db, users)
      Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redisUrl })
      const open = (cache: object) => createFeatureStore(config, { root: tmpdir(), cache, redisTimeout: 10_000 })
      const store = open({ max: 0 })
      try {
        await store.migrate()
        await db.query('GRANT SELECT ON users TO fstore_app')
        const { status } = await store.build({ online: true })
        if (status !== 'done') throw new Error(`The build ended ${status}`)
        keep(await benchReads(store, client, { runs, calls: Math.max(50, Math.round(4_000 * scale)) }))
        keep(await benchMemory(open({ max: 100_000, ttl: 600_000 }), { runs, reads: Math.max(500, 20_000 * scale) }))
        for (const table of await benchProjection(store, client, redisUrl, { users, runs })) keep(table)
      } finally {
        await store.close()
      }
    }),
  )
}

type Store = ReturnType<typeof createFeatureStore<typeof config>>

async function createUsers(db: pg.Client, users: number): Promise<void> {
  await db.query(`CREATE TABLE users AS SELECT 'user_' || n AS user_id, n FROM generate_series(0, ${users - 1}) AS n`)
}

async function benchReads(store: Store, client: Redis, { runs, calls }: { runs: number; calls: number }) {
  const rows: Record<string, Cell>[] = []
  for (const shape of shapes)
    for (const callers of [1, 32])
      for (const entities of [1, 10, 100, 1000]) {
        const features = shape.groups.flatMap((name) => named(shape.width).map((one) => `${name}.${one}`))
        const total = Math.max(callers, Math.round(calls / Math.sqrt(entities * features.length * 0.1)))
        const keys = Array.from({ length: entities }, (_, i) => `user_${(i * 7) % 2_000}`)
        const names = await namesOf(client, shape.groups, keys)
        const sides = {
          raw: () => (names.length === 1 ? client.get(names[0] as string) : client.mget(names)),
          parsed: async () => {
            const texts = names.length === 1 ? [await client.get(names[0] as string)] : await client.mget(names)
            return texts.map((text) => JSON.parse(text as string))
          },
          fstore: () => store.getMany({ entity: 'user', keys, features: features as never }),
        }
        await check(await sides.fstore(), entities, features.length)
        const { raw, parsed, fstore } = await interleaved(sides, { runs, total, callers })
        const [base, own] = [spreadOf(raw, 'p50'), spreadOf(fstore, 'p50')]
        rows.push({
          features: shape.name,
          ...{ entities, callers },
          'ioredis p50, ms': base,
          'and JSON.parse': spreadOf(parsed, 'p50').median,
          'fstore p50, ms': own,
          ratio: own.median / base.median,
          'fstore p99, ms': spreadOf(fstore, 'p99'),
          'values/s': (entities * features.length * 1000) / spreadOf(fstore, 'perCall').median,
        })
      }
  const title = 'Reads through Redis, against ioredis GET or MGET of the same bytes'
  return { title, rows }
}

async function namesOf(client: Redis, groups: readonly string[], keys: readonly string[]): Promise<string[]> {
  const active = await client.hgetall('fs:{bench_online}:active')
  return keys.flatMap((key) =>
    groups.map((name) => `fs:{bench_online:default:user:${key}}:${name}@${active[name]?.split(':')[1]}`),
  )
}

async function check(reads: readonly { features: object }[], entities: number, features: number): Promise<void> {
  const values = reads.flatMap((read) => Object.values(read.features)) as { status: string; source: string }[]
  const right = values.every(({ status, source }) => status === 'PRESENT' && source === 'redis')
  if (values.length !== entities * features || !right) throw new Error('A read did not come from Redis')
}

/** Runs the sides in turns. */
async function interleaved<N extends string>(
  sides: Record<N, () => Promise<unknown>>,
  { runs, total, callers }: { runs: number; total: number; callers: number },
): Promise<Record<N, Latency[]>> {
  const all = Object.fromEntries(Object.keys(sides).map((name) => [name, []])) as unknown as Record<N, Latency[]>
  for (const call of Object.values<() => Promise<unknown>>(sides)) await warmUp(call, { callers })
  for (let round = -1; round < runs; round++)
    for (const [name, call] of Object.entries(sides) as [N, () => Promise<unknown>][]) {
      const times = await timeCalls(call, { calls: total, callers })
      if (round >= 0) all[name].push(times)
    }
  return all
}

async function benchMemory(store: Store, { runs, reads }: { runs: number; reads: number }): Promise<Table> {
  const features = named(10).map((one) => `g0.${one}`)
  const request = { entity: 'user', key: 'user_1', features: features as never } as const
  const kept = new Map([['user_1', await store.getFeatures(request)]])
  const loop = async (call: () => unknown) => {
    for (let i = 0; i < reads; i++) await call()
  }
  const measured = await measure(
    [
      { name: 'Map.get and structuredClone', run: () => loop(() => structuredClone(kept.get('user_1'))) },
      { name: 'getFeatures from memory', run: () => loop(() => store.getFeatures(request)) },
    ],
    { runs },
  )
  await store.close()
  return ratios(`${count(reads)} reads of 10 features from memory`, measured, 'Map.get and structuredClone')
}

async function benchProjection(
  store: Store,
  client: Redis,
  url: string,
  { users, runs }: { users: number; runs: number },
): Promise<Table[]> {
  const keys = Array.from({ length: users }, (_, i) => `user_${i}`)
  const names = await namesOf(client, ['g0'], keys)
  const texts: string[] = []
  for (let i = 0; i < names.length; i += 1000)
    texts.push(...((await client.mget(names.slice(i, i + 1000))) as string[]))
  const pipelined = async () => {
    for (let i = 0; i < names.length; i += 1000) {
      const pipeline = client.pipeline()
      for (let k = i; k < Math.min(i + 1000, names.length); k++) pipeline.set(names[k] as string, texts[k] as string)
      await pipeline.exec()
    }
  }
  const empty = async () => {
    await client.flushdb()
  }
  const measured = await measure(
    [
      { name: 'ioredis, pipelined SET', prepare: empty, run: pipelined },
      { name: 'fstore sync', prepare: empty, run: async () => void (await store.sync({ groups: ['g0'] })) },
    ],
    { runs },
  )
  const ceiling = await benchCeiling(client, url, { users, bytes: (texts[0] as string).length })
  const rate = (users * 1000) / medianOf(measured, 'fstore sync')
  return [ratios(`${count(users)} rows of 10 features into Redis`, measured, 'ioredis, pipelined SET'), ceiling(rate)]
}

/** What redis-benchmark does with values as long, and what a row takes of Redis's memory. */
async function benchCeiling(client: Redis, url: string, { users, bytes }: { users: number; bytes: number }) {
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
  const full = await used()
  await client.flushdb()
  const row = Math.round((full - (await used())) / users)
  const { hostname, port } = new URL(url)
  const size = ['-n', String(Math.min(1_000_000, users * 10)), '-r', String(users), '-d', String(bytes)]
  const words = ['-h', hostname, '-p', port, '-t', 'set', '-P', '1000', ...size, '--csv']
  const most = Number(/"SET","([\d.]+)"/.exec(execFileSync('redis-benchmark', words, { encoding: 'utf8' }))?.[1])
  return (rate: number): Table => ({
    title: 'The ceiling: redis-benchmark -P 1000, SET of values as long',
    rows: [
      {
        'bytes of text a row': bytes,
        'bytes of Redis’s memory a row': row,
        'redis-benchmark, rows/s': most,
        'fstore sync, rows/s': rate,
        share: rate / most,
      },
    ],
  })
}
