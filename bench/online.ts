/** Reads of newest values and their way into Redis, against ioredis on the same bytes in the same process. */
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import type { Redis } from 'ioredis'
import type pg from 'pg'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../src/index.js'
import { measure, median, report } from './harness.js'
import { withDatabase } from './postgres.js'
import { withRedis } from './redis.js'
import type { BenchOptions } from './run.js'

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

export async function run({ scale, runs }: BenchOptions): Promise<void> {
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
        await benchReads(store, client, { runs, calls: Math.max(50, Math.round(2_000 * scale)) })
        await benchMemory(open({ max: 100_000, ttl: 600_000 }), runs)
        await benchProjection(store, client, redisUrl, { users, runs })
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
  console.log('reads through Redis: p50 and p99 in ms, of one call')
  for (const shape of shapes)
    for (const callers of [1, 32])
      for (const entities of [1, 10, 100, 1000]) {
        const features = shape.groups.flatMap((name) => named(shape.width).map((one) => `${name}.${one}`))
        const total = Math.max(callers, Math.round(calls / Math.sqrt(entities * features.length * 0.1)))
        const keys = Array.from({ length: entities }, (_, i) => `user_${(i * 7) % 2_000}`)
        const names = await namesOf(client, shape.groups, keys)
        const sides = {
          raw: () => (names.length === 1 ? client.get(names[0] as string) : client.mget(names)),
          fstore: () => store.getMany({ entity: 'user', keys, features: features as never }),
        }
        await check(await sides.fstore(), entities, features.length)
        const times = await interleaved(sides, { runs, total, callers })
        const [raw, own] = [times.raw, times.fstore] as const
        const rate = (entities * features.length * 1000) / own.perCall
        console.log(
          `  ${shape.name.padEnd(14)} ${String(entities).padStart(5)} entities ${String(callers).padStart(3)} callers` +
            `  raw ${ms(raw.p50)} ${ms(raw.p99)}  fstore ${ms(own.p50)} ${ms(own.p99)}` +
            `  p50 ${(own.p50 / raw.p50).toFixed(2).padStart(5)} ×  ${Math.round(rate).toLocaleString('en-US').padStart(11)} values/s`,
        )
      }
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

interface Times {
  readonly p50: number
  readonly p99: number
  readonly perCall: number
}

/** Runs both in turns; of each the median over the runs. */
async function interleaved<N extends string>(
  sides: Record<N, () => Promise<unknown>>,
  { runs, total, callers }: { runs: number; total: number; callers: number },
): Promise<Record<N, Times>> {
  const all = new Map<string, Times[]>()
  for (let round = -1; round < runs; round++)
    for (const [name, call] of Object.entries(sides) as [N, () => Promise<unknown>][]) {
      const times = await timed(call, total, callers)
      if (round >= 0) all.set(name, [...(all.get(name) ?? []), times])
    }
  const of = (name: string, key: keyof Times) => median((all.get(name) ?? []).map((times) => times[key]))
  return Object.fromEntries(
    Object.keys(sides).map((name) => [
      name,
      { p50: of(name, 'p50'), p99: of(name, 'p99'), perCall: of(name, 'perCall') },
    ]),
  ) as Record<N, Times>
}

async function timed(call: () => Promise<unknown>, total: number, callers: number): Promise<Times> {
  const latencies: number[] = []
  const started = performance.now()
  let left = total
  const caller = async () => {
    while (left-- > 0) {
      const at = performance.now()
      await call()
      latencies.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const perCall = (performance.now() - started) / total
  latencies.sort((a, b) => a - b)
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] as number
  return { p50: at(0.5), p99: at(0.99), perCall }
}

function ms(time: number): string {
  return time.toFixed(3).padStart(8)
}

async function benchMemory(store: Store, runs: number): Promise<void> {
  const features = named(10).map((one) => `g0.${one}`)
  const request = { entity: 'user', key: 'user_1', features: features as never } as const
  const kept = new Map([['user_1', await store.getFeatures(request)]])
  const loop = async (call: () => unknown) => {
    for (let i = 0; i < 20_000; i++) await call()
  }
  const measured = await measure(
    [
      { name: 'Map.get and structuredClone', run: () => loop(() => structuredClone(kept.get('user_1'))) },
      { name: 'getFeatures from memory', run: () => loop(() => store.getFeatures(request)) },
    ],
    { runs },
  )
  console.log(report('20,000 reads of 10 features from memory', measured, 'Map.get and structuredClone'))
  await store.close()
}

async function benchProjection(
  store: Store,
  client: Redis,
  url: string,
  { users, runs }: { users: number; runs: number },
): Promise<void> {
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
  console.log(
    report(`${users.toLocaleString('en-US')} rows of 10 features into Redis`, measured, 'ioredis, pipelined SET'),
  )
  await benchCeiling(client, url, { users, bytes: (texts[0] as string).length })
}

/** What redis-benchmark does with values as long, and what a row takes of Redis's memory. */
async function benchCeiling(client: Redis, url: string, { users, bytes }: { users: number; bytes: number }) {
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
  const full = await used()
  await client.flushdb()
  console.log(
    `  ${Math.round((full - (await used())) / users)} bytes of Redis's memory a row, its text of about ${bytes}`,
  )
  const { hostname, port } = new URL(url)
  const words = [
    '-h',
    hostname,
    '-p',
    port,
    '-t',
    'set',
    '-P',
    '1000',
    '-n',
    '1000000',
    '-r',
    String(users),
    '-d',
    String(bytes),
    '-q',
  ]
  try {
    console.log(
      `  redis-benchmark: ${execFileSync('redis-benchmark', words, { encoding: 'utf8' }).trim().split('\r').at(-1)}`,
    )
  } catch {
    console.log('  redis-benchmark is not here')
  }
}
