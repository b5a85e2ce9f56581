/**
 * A year backfilled: 365 daily windows × 10k entities × 10 features, a window after the other and several at a time. Once
 * the rows of a day as they are, once summed up over the month before, which costs more to compute.
 */
import { tmpdir } from 'node:os'
import type pg from 'pg'
import { batch, createFeatureStore, defineConfig, entity, float64, type Sql, sql } from '../src/index.js'
import { median } from './harness.js'
import { withDatabase } from './postgres.js'
import type { BenchOptions } from './run.js'

const days = 365
const features = Array.from({ length: 10 }, (_, i) => `f${i}`)

const plain = sql`SELECT user_id, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 FROM facts
  WHERE at >= :start_time AND at < :end_time`
const month = sql`SELECT user_id, count(*)::float8 AS f0, sum(f0) AS f1, avg(f1) AS f2, min(f2) AS f3, max(f3) AS f4,
    stddev(f4) AS f5, sum(f5) AS f6, avg(f6) AS f7, min(f7) AS f8, max(f8) AS f9 FROM facts
  WHERE at >= :end_time - interval '30 days' AND at < :end_time GROUP BY user_id`

function config(select: Sql) {
  const group = batch('user_activity', {
    entity: entity('user', { user_id: 'string' }),
    ...{ start: '2025-01-01', end: '2026-01-01' },
    features: Object.fromEntries(features.map((name) => [name, float64()])),
    sql: select,
  })
  return defineConfig({ project: 'bench', groups: [group] })
}

export async function run({ scale, runs }: BenchOptions): Promise<void> {
  const users = Math.round(10_000 * scale)
  await withDatabase(async (url, client) => {
    await createSource(client, users)
    process.env.DATABASE_URL = url
    for (const [name, select] of [
      ['the rows of a day', plain],
      ['sums of the month before', month],
    ] as const) {
      console.log(
        `backfill: ${days} days × ${users.toLocaleString('en-US')} entities × ${features.length} features, ${name}`,
      )
      const alone = await repeated(runs, () => backfill(client, select, 1, users))
      for (const parallel of [2, 4]) {
        const beside = await repeated(runs, () => backfill(client, select, parallel, users))
        console.log(`  ${parallel} windows at a time: ${(alone / beside).toFixed(2)} × the rate of one`)
      }
    }
  })
}

/** @returns seconds */
async function repeated(runs: number, work: () => Promise<number>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < runs; i++) times.push(await work())
  return median(times)
}

async function backfill(client: pg.Client, select: Sql, parallel: number, users: number): Promise<number> {
  await reset(client)
  const store = createFeatureStore(config(select), { root: tmpdir() })
  await store.migrate()
  await client.query('GRANT SELECT ON facts TO fstore_app')
  await client.query('CHECKPOINT')
  const started = performance.now()
  const memory: number[] = []
  const build = store.build({ parallel })
  for await (const event of build) if (event.type === 'window') memory.push(process.memoryUsage().rss / 2 ** 20)
  const seconds = (performance.now() - started) / 1000
  const [group] = (await build).groups
  await store.close()
  if (group?.written !== days * users) throw new Error(`Wrote ${group?.written} of ${days * users} rows`)
  const rows = Math.round(group.written / seconds).toLocaleString('en-US')
  const rate = `${(days / seconds).toFixed(1)} windows/s, ${rows} rows/s`
  console.log(`  ${parallel} at a time: ${seconds.toFixed(1)} s, ${rate}; RSS ${described(memory)}`)
  return seconds
}

/** Flat is what it should be: the median of the first and of the last quarter of the windows. */
function described(memory: readonly number[]): string {
  const quarter = Math.floor(memory.length / 4)
  const [first, last] = [memory.slice(0, quarter), memory.slice(-quarter)].map((part) => Math.round(median(part)))
  return `${first} MiB in the first quarter, ${last} in the last, at most ${Math.round(Math.max(...memory))}`
}

/** A row a user and day. */
async function createSource(client: pg.Client, users: number): Promise<void> {
  const values = features.map((name, i) => `(u * ${i + 3} + d * ${i + 7}) % 1000 / 7.0::float8 AS ${name}`)
  await client.query(`CREATE TABLE facts AS SELECT 'user_' || u AS user_id,
      timestamptz '2025-01-01 12:00Z' + d * interval '1 day' AS at, ${values.join(', ')}
    FROM generate_series(0, ${days - 1}) AS d, generate_series(1, ${users}) AS u`)
  await client.query('CREATE INDEX ON facts (at)')
  await client.query('VACUUM ANALYZE facts')
}

/** As if nothing had ever been built. */
async function reset(client: pg.Client): Promise<void> {
  await client.query('DROP SCHEMA IF EXISTS fstore, fstore_offline, fstore_online CASCADE')
}
