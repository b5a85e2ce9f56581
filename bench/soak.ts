/**
 * Everything at once for `--minutes`: events folded in, hours computed anew, reads, cleanup, and every so often something
 * that breaks. What was handed over is counted beside; in the end the counts must be the same everywhere.
 */
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createFeatureStore } from '../src/index.js'
import type { Bench } from './harness.js'
import { withDatabase } from './postgres.js'
import { type Click, config, hours, users } from './soak/config.js'
import { Crew } from './soak/crew.js'
import { type FaultyRedis, faultsOf, startFaultyRedis } from './soak/faults.js'
import { Tally, wrongs } from './soak/truth.js'
import { quantile } from './spread.js'
import type { Cell } from './table.js'

type Store = ReturnType<typeof open>

export async function run(bench: Bench): Promise<void> {
  const { minutes = 30 } = bench
  const redis = await startFaultyRedis()
  try {
    await withDatabase((url, client) => soak(bench, { url, client, redis, minutes }))
  } finally {
    await redis.stop()
  }
}

const open = () => createFeatureStore(config, { root: tmpdir(), cache: { ttl: 100 }, redisTimeout: 500 })

async function soak(
  { say, keep }: Bench,
  { url, client, redis, minutes }: { url: string; client: pg.Client; redis: FaultyRedis; minutes: number },
): Promise<void> {
  Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redis.url })
  // One that the faults may cut.
  client.on('error', () => {})
  await client.query('CREATE TABLE orders (user_id text, at timestamptz, amount float8)')
  await client.query('CREATE INDEX ON orders (at)')
  await addOrders(client, 2_000)
  const store = open()
  await store.migrate()
  await client.query('GRANT SELECT ON orders TO fstore_app')
  const { status } = await store.build({ online: true })
  if (status !== 'done') throw new Error(`The first build ended ${status}`)

  const admin = new pg.Client(url)
  await admin.connect()
  const [ingesting, computing, tally] = [new Crew(), new Crew(), new Tally()]
  await Promise.all([ingesting.ready(), computing.ready()])
  const until = Date.now() + minutes * 60_000
  const isOver = () => Date.now() >= until
  const seen: Sight = {
    latencies: [],
    failed: [],
    fromPostgres: 0,
    syncs: 0,
    syncsFailed: 0,
    cleanups: 0,
    cleanupsFailed: 0,
  }
  const struck = new Map<string, number>()
  const timeline: Record<string, Cell>[] = []
  const work = [
    ingest(ingesting, tally, isOver),
    compute(computing, url, isOver),
    ...[1, 2].map(() => read(store, seen, isOver)),
    tend(store, seen, isOver),
    strike(faultsOf({ redis, admin, ingesting, computing }), struck, { isOver, pause: pauseOf(minutes) }),
    watch({ timeline, seen, tally, crews: [ingesting, computing], say, isOver, every: (minutes * 60_000) / 10 }),
  ]
  await Promise.all(work)
  await Promise.all([ingesting.end(), computing.end()])
  const found = await settle(store, url, tally)
  keep({ title: `${minutes} minutes of ingest, reads, materialize and cleanup with faults`, rows: timeline })
  keep({ title: 'What broke', rows: [...struck].map(([fault, times]) => ({ fault, times })) })
  keep({
    title: 'What came of it',
    rows: [
      ...Object.entries(found).map(([what, n]) => ({ what, n })),
      { what: 'events folded in', n: tally.total },
      { what: 'batches of events handed over again', n: ingesting.retries },
      { what: 'the longest batch, with its tries, s', n: ingesting.longest },
      { what: 'windows computed anew', n: computing.done },
      { what: 'the longest window, with its tries, s', n: computing.longest },
      { what: 'windows handed over again', n: computing.retries },
      { what: 'workers that died', n: ingesting.deaths + computing.deaths },
      { what: 'syncs', n: seen.syncs },
      { what: 'syncs that found no Redis, and were run again', n: seen.syncsFailed },
      { what: 'cleanups', n: seen.cleanups },
      { what: 'cleanups that failed and were run again', n: seen.cleanupsFailed },
      { what: 'reads that failed', n: seen.failed.length },
    ],
    notes: [...new Set(seen.failed)].slice(0, 3),
  })
  await admin.end().catch(() => {})
  await store.close()
  const lost = Object.values(found).reduce((sum, n) => sum + n, 0)
  if (lost > 0) throw new Error(`The soak ends with ${lost} things wrong: ${JSON.stringify(found)}`)
}

interface Sight {
  /** Milliseconds, of reads since they were last looked at. */
  latencies: number[]
  /** Of those, the ones that found something in no tier above. */
  fromPostgres: number
  readonly failed: string[]
  syncs: number
  syncsFailed: number
  cleanups: number
  cleanupsFailed: number
}

function pauseOf(minutes: number): number {
  return Math.min(20_000, (minutes * 60_000) / 12)
}

async function ingest(crew: Crew, tally: Tally, isOver: () => boolean): Promise<void> {
  for (let batch = 0; !isOver(); batch++) {
    const events = Array.from({ length: 200 }, (_, i): Click => {
      const at = new Date().toISOString()
      const user_id = `user_${(batch * 131 + i * 17) % users}`
      return { id: `${batch}-${i}`, type: 'clicked', timestamp: at, payload: { user_id, amount: (i % 40) / 4, at } }
    })
    // To its end even when time is over: it may have been applied and not told.
    await crew.carryOut({ ingest: events }, () => false)
    tally.add(events)
  }
}

async function compute(crew: Crew, url: string, isOver: () => boolean): Promise<void> {
  for (let round = 0; !isOver(); round++) {
    await withClient(url, (client) => addOrders(client, 20)).catch(() => {})
    await crew.carryOut({ hour: (round * 7) % hours }, isOver)
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  await work(client).finally(() => client.end().catch(() => {}))
}

/** At instants of all hours, some of which were computed before. */
async function addOrders(client: pg.Client, rows: number): Promise<void> {
  await client.query(
    `INSERT INTO orders SELECT 'user_' || floor(random() * ${users}),
      timestamptz '2026-01-01Z' + random() * interval '${hours} hours', floor(random() * 400) / 4
    FROM generate_series(1, ${rows})`,
  )
}

async function read(store: Store, seen: Sight, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const keys = Array.from({ length: 10 }, () => `user_${Math.floor(Math.random() * users)}`)
    const started = performance.now()
    try {
      const features = ['clicks.clicks', 'clicks.spent', 'hourly.amount'] as const
      const found = await store.getMany({ entity: 'user', keys, features })
      seen.latencies.push(performance.now() - started)
      if (found.some((one) => Object.values(one.features).some(({ source }) => source === 'latest')))
        seen.fromPostgres++
    } catch (error) {
      seen.failed.push(String(error))
    }
    await sleep(5)
  }
}

/** What a timer would do: Redis gets what it lacks, such as all of it where it came back empty, and what is over goes. */
async function tend(store: Store, seen: Sight, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await store.sync().then(
      () => seen.syncs++,
      () => seen.syncsFailed++,
    )
    await store.cleanup().then(
      () => seen.cleanups++,
      () => seen.cleanupsFailed++,
    )
    await sleep(5_000)
  }
}

async function strike(
  faults: ReturnType<typeof faultsOf>,
  struck: Map<string, number>,
  { isOver, pause }: { isOver: () => boolean; pause: number },
): Promise<void> {
  for (let i = 0; !isOver(); i++) {
    await sleep(pause)
    const fault = faults[i % faults.length] as (typeof faults)[number]
    await fault.strike()
    struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1)
  }
}

async function watch(given: {
  readonly timeline: Record<string, Cell>[]
  readonly seen: Sight
  readonly tally: Tally
  readonly crews: readonly [Crew, Crew]
  readonly say: Bench['say']
  readonly isOver: () => boolean
  readonly every: number
}): Promise<void> {
  const { timeline, seen, tally, crews, say, isOver, every } = given
  const started = Date.now()
  const [ingesting, computing] = crews
  let before = { events: 0, windows: 0, failed: 0 }
  while (!isOver()) {
    await sleep(every)
    const latencies = seen.latencies.length > 0 ? seen.latencies : [Number.NaN]
    const fromPostgres = seen.fromPostgres / latencies.length
    Object.assign(seen, { latencies: [], fromPostgres: 0 })
    const now = { events: tally.total, windows: computing.done, failed: seen.failed.length }
    timeline.push({
      'after, min': Math.round((Date.now() - started) / 6_000) / 10,
      'events/s': ((now.events - before.events) * 1000) / every,
      windows: now.windows - before.windows,
      reads: latencies.length,
      'from Postgres': fromPostgres,
      'p50, ms': quantile(latencies, 0.5),
      'p99, ms': quantile(latencies, 0.99),
      'most, ms': quantile(latencies, 1),
      failed: now.failed - before.failed,
      'RSS of reads, MiB': process.memoryUsage.rss() / 2 ** 20,
      'of ingest': ingesting.rss / 2 ** 20,
      'of compute': computing.rss / 2 ** 20,
    })
    before = now
    say(JSON.stringify(timeline.at(-1)))
    for (const crew of crews) if (crew.lastFailure !== '') say(`  a worker was told: ${crew.lastFailure}`)
  }
}

/** Once the faults are over: what was cut off is made up for, as a scheduler would, and looked at. */
async function settle(store: Store, url: string, tally: Tally): Promise<Record<string, number>> {
  // A connection may have been cut that the pool does not know of yet.
  for (let tries = 0; tries < 20; tries++) {
    if (await rebuilt(store).catch(() => false)) break
    await sleep(500)
  }
  await store.sync()
  let found: Record<string, number> = {}
  await withClient(url, async (client) => {
    found = await wrongs(store, client, tally)
  })
  return found
}

async function rebuilt(store: Store): Promise<boolean> {
  const { status } = await store.build({ full: true, select: ['hourly'], online: true })
  return status === 'done'
}
