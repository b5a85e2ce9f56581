/**
 * Rolling aggregates: 1M events of 10k users in a year, windows of 7, 30 and 90 days, daily. `fstore build`, and its SELECT
 * alone, against mlforge's own package. A window of mlforge's takes in the whole of its day on top of its length, and is
 * stamped with that day's start: asked for a day less, it has the same windows, stamped a day earlier.
 */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { createFeatureStore, defineConfig, entity, rolling } from '../src/index.js'
import { type Bench, count, measure, medianOf, ratios } from './harness.js'
import { agreement, type Difference } from './peers/joins.js'
import { startPeer } from './peers/python.js'
import { venv } from './peers/venv.js'
import { copyOut } from './point-in-time/shape.js'
import { withDatabase } from './postgres.js'
import { selectOf } from './rolling/select.js'

const year = { start: '2025-01-01', end: '2026-01-01' } as const
const windows = ['7d', '30d', '90d'] as const
const theirWindows = ['6d', '29d', '89d'] as const

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

export async function run(bench: Bench): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fstore-bench-rolling-'))
  try {
    await withDatabase((url, client) => compare(bench, { url, client, folder }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function compare(
  { scale, runs, keep }: Bench,
  { url, client, folder }: { url: string; client: pg.Client; folder: string },
): Promise<void> {
  const [events, users] = [Math.round(1_000_000 * scale), Math.max(10, Math.round(10_000 * scale))]
  await createSource(client, { events, users })
  const mlforge = await mlforgeOf(client, folder)
  process.env.DATABASE_URL = url
  const store = createFeatureStore(config, { root: folder })
  await store.migrate()
  await client.query('GRANT SELECT ON events TO fstore_app')
  const select = await selectOf(config, year)
  let written = 0
  const theirs = 'mlforge build, to Parquet'
  const sides = [
    { name: theirs, run: () => mlforge.ask('build', { online: false }) },
    { name: 'the SELECT alone, to a table', prepare: () => dropTable(client), run: () => exec(client, select) },
    {
      name: 'fstore build, history and latest',
      prepare: () => reset(client),
      run: async () => {
        const { groups } = await store.build()
        written = groups[0]?.written ?? 0
      },
    },
  ]
  try {
    const measured = await measure(sides, { runs, warmup: 0 })
    const ours = join(folder, 'ours.csv')
    await copyOut(client, 'SELECT * FROM fstore_offline.spend', createWriteStream(ours))
    const found = await mlforge.ask<Difference>('compare_rolling', { ours, windows: theirWindows })
    const title = `Rolling: ${count(events)} events of ${count(users)} users, 365 days, 3 windows × count, sum, avg`
    const table = ratios(title, measured, theirs)
    const isSame = found.other === 0 && found.only_theirs === 0
    const rows = table.rows.map((row) => ({
      ...row,
      'times as fast': isSame ? medianOf(measured, theirs) / medianOf(measured, row.side as string) : null,
    }))
    const note = isSame
      ? `All ${count(found.theirs)} rows of mlforge’s are fstore’s, with the same values. fstore has ${count(found.only_ours)} more: of days after a user’s last event, while windows still hold events.`
      : (agreement(found).differs as string)
    const asked = `mlforge was asked for windows of ${theirWindows.join(', ')}, which hold ${windows.join(', ')}, and its rows moved a day later: it stamps a day with its start, fstore with its end. Where a window is empty its sum is null, fstore’s 0.`
    keep({ title, rows, notes: [note, asked, `fstore wrote ${count(written)} rows, twice: history and latest.`] })
  } finally {
    await mlforge.end()
    await store.close()
  }
}

async function mlforgeOf(client: pg.Client, folder: string) {
  const { python } = await venv('mlforge')
  const mlforge = await startPeer({ python, script: 'mlforge_peer.py', cwd: folder })
  const [csv, source] = [join(folder, 'events.csv'), join(folder, 'events.parquet')]
  await client.query("SET TimeZone = 'UTC'")
  const select = 'SELECT user_id, at AS event_timestamp, amount FROM events'
  await copyOut(client, select, createWriteStream(csv))
  await mlforge.ask('csv_to_parquet', { csv, parquet: source })
  await mlforge.ask('setup', { folder, views: [{ name: 'spend', source, windows: theirWindows }] })
  return mlforge
}

/** Events of random users at random seconds of the year, none at midnight, which each side counts for another day. */
async function createSource(client: pg.Client, { events, users }: { events: number; users: number }): Promise<void> {
  const random = (seed: number) => `(hashint8(i + ${seed}) & 2147483647)`
  await client.query(`CREATE TABLE events AS SELECT 'user_' || ${random(0)} % ${users} AS user_id,
    timestamptz '2025-01-01Z' + (${random(7)} % (365 * 86400)) * interval '1 second' + interval '0.5 seconds' AS at,
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
