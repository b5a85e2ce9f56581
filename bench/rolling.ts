/**
 * Rolling aggregates: 1M events of 10k users in a year, windows of 7, 30 and 90 days, daily. `fstore build`, and its SELECT
 * alone, against the SQL that mlforge generates for the same, in DuckDB.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { createFeatureStore, defineConfig, entity, rolling } from '../src/index.js'
import { type Measured, measure, report } from './harness.js'
import { withDatabase } from './postgres.js'
import { copyEvents, duckDB } from './rolling/duckdb.js'
import { selectOf } from './rolling/select.js'
import type { BenchOptions } from './run.js'

const year = { start: '2025-01-01', end: '2026-01-01' } as const
const windows = ['7d', '30d', '90d'] as const

const group = rolling('spend', {
  entity: entity('user', { user_id: 'string' }),
  source: 'events',
  timestamp: 'at',
  measures: { amount: { expr: 'amount', functions: ['count', 'sum', 'avg'] } },
  windows,
  every: '1d',
  ...year,
})
const config = defineConfig({ project: 'bench', groups: [group] })

export async function run({ scale, runs }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fstore-bench-rolling-'))
  try {
    await withDatabase((url, client) => compare({ url, client, folder, scale, runs }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Given {
  readonly url: string
  readonly client: pg.Client
  readonly folder: string
  readonly scale: number
  readonly runs: number
}

async function compare({ url, client, folder, scale, runs }: Given): Promise<void> {
  const [events, users] = [Math.round(1_000_000 * scale), Math.round(10_000 * scale)]
  await createSource(client, { events, users })
  await copyEvents(client, join(folder, 'events.csv'))
  const duck = await duckDB(folder)
  process.env.DATABASE_URL = url
  const store = createFeatureStore(config, { root: folder })
  await store.migrate()
  await client.query('GRANT SELECT ON events TO fstore_app')
  const select = await selectOf(config, year)
  let written = 0
  let heap = 0
  const sides = [
    { name: 'mlforge’s SQL, DuckDB', run: () => duck.run([7, 30, 90]) },
    { name: 'the SELECT alone, to a table', prepare: () => dropTable(client), run: () => exec(client, select) },
    {
      name: 'fstore build, history and latest',
      prepare: () => reset(client),
      run: async () => {
        const built = store.build()
        for await (const event of built) {
          if (event.type === 'window') heap = Math.max(heap, process.memoryUsage().rss)
        }
        const { groups } = await built
        written = groups[0]?.written ?? 0
      },
    },
  ]
  const measured = await measure(sides, { runs, warmup: 0 })
  const title = `rolling: ${amount(events)} events, ${amount(users)} users, 365 days, 3 windows × count, sum, avg`
  console.log(report(title, measured, 'mlforge’s SQL, DuckDB'))
  console.log(
    `  ${amount(written)} rows written, ${rates(measured, written)}; RSS at most ${Math.round(heap / 2 ** 20)} MiB`,
  )
  await store.close()
}

const amount = (n: number) => n.toLocaleString('en-US')

function rates(measured: readonly Measured[], rows: number): string {
  const seconds = (measured.find(({ name }) => name.startsWith('fstore'))?.median ?? Number.NaN) / 1000
  return `${(365 / seconds).toFixed(1)} windows/s, ${amount(Math.round(rows / seconds))} rows/s`
}

/** Events of random users at random seconds of the year. */
async function createSource(client: pg.Client, { events, users }: { events: number; users: number }): Promise<void> {
  const random = (seed: number) => `(hashint8(i + ${seed}) & 2147483647)`
  await client.query(`CREATE TABLE events AS SELECT 'user_' || ${random(0)} % ${users} AS user_id,
    timestamptz '2025-01-01Z' + (${random(7)} % (365 * 86400)) * interval '1 second' AS at,
    (${random(13)} % 100000) / 100.0::float8 AS amount FROM generate_series(1, ${events}) AS i`)
  await client.query('CREATE INDEX ON events (at)')
  await client.query('VACUUM ANALYZE events')
}

async function dropTable(client: pg.Client): Promise<void> {
  await client.query('DROP TABLE IF EXISTS alone')
}

async function exec(client: pg.Client, select: string): Promise<void> {
  await client.query(`SET TimeZone = 'UTC'; CREATE TABLE alone AS ${select}`)
}

/** As if the group had never been built. */
async function reset(client: pg.Client): Promise<void> {
  await client.query(`
    DROP SCHEMA IF EXISTS fstore_offline, fstore_online CASCADE;
    CREATE SCHEMA fstore_offline; CREATE SCHEMA fstore_online;
    GRANT USAGE ON SCHEMA fstore_offline, fstore_online TO fstore_app;
    TRUNCATE fstore.groups CASCADE; TRUNCATE fstore.coverage, fstore.jobs`)
  await client.query('CHECKPOINT')
}
