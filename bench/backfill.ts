/**
 * A year backfilled: 365 daily windows × 10k entities × 10 features, a window after the other and several at a time. Once
 * the rows of a day as they are, once summed up over the month before, which costs more to compute.
 */
import { tmpdir } from 'node:os'
import type pg from 'pg'
import { batch, createFeatureStore, defineConfig, entity, float64, type Sql, sql } from '../src/index.js'
import { type Bench, count } from './harness.js'
import { withDatabase } from './postgres.js'
import { median, spread } from './spread.js'
import type { Cell } from './table.js'

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

export async function run({ scale, runs, say, keep }: Bench): Promise<void> {
  const users = Math.max(10, Math.round(10_000 * scale))
  await withDatabase(async (url, client) => {
    await createSource(client, users)
    process.env.DATABASE_URL = url
    const rows: Record<string, Cell>[] = []
    for (const [what, select] of [
      ['takes the rows of a day', plain],
      ['sums up the month before', month],
    ] as const)
      for (const parallel of [1, 2, 4]) {
        const all: Backfill[] = []
        for (let i = 0; i < runs; i++) all.push(await backfill(client, select, parallel, users))
        const seconds = median(all.map((one) => one.seconds))
        say(`${what}, ${parallel} at a time: ${seconds.toFixed(1)} s`)
        rows.push({
          'the SQL': what,
          'windows at a time': parallel,
          seconds: spread(all.map((one) => one.seconds)),
          'windows/s': days / seconds,
          'rows/s': (days * users) / seconds,
          'RSS at first, MiB': median(all.map(({ memory }) => median(memory.slice(0, days / 4)))),
          'at last': median(all.map(({ memory }) => median(memory.slice(-days / 4)))),
          'at most': Math.max(...all.flatMap(({ memory }) => memory)),
        })
      }
    const title = `${days} daily windows × ${count(users)} entities × ${features.length} features`
    keep({ title, rows, notes: ['RSS is that of this process: of the windows’ first quarter, and of their last.'] })
  })
}

interface Backfill {
  readonly seconds: number
  /** MiB, after each window. */
  readonly memory: readonly number[]
}

async function backfill(client: pg.Client, select: Sql, parallel: number, users: number): Promise<Backfill> {
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
  return { seconds, memory }
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
