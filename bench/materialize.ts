/** One window of 1M entities × 10 features: `fstore` against the same two tables written by hand, and one bare insert. */
import { tmpdir } from 'node:os'
import type pg from 'pg'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../src/index.js'
import { type Bench, count, measure, ratios } from './harness.js'
import { withDatabase } from './postgres.js'

const features = Array.from({ length: 10 }, (_, i) => `f${i}`)
const columns = features.join(', ')

const config = defineConfig({
  project: 'bench',
  groups: [
    batch('user_activity', {
      entity: entity('user', { user_id: 'string' }),
      start: '2026-01-01',
      end: '2026-01-02',
      features: Object.fromEntries(features.map((name) => [name, float64()])),
      sql: sql`SELECT user_id, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 FROM events WHERE at >= :start_time AND at < :end_time`,
    }),
  ],
})

const source = `FROM events WHERE at >= '2026-01-01Z' AND at < '2026-01-02Z'`

/** What someone would write who knows the layout: typed, keyed, partitioned, latest upserted. */
const byHand = `
  BEGIN;
  INSERT INTO hand_history (tenant_id, user_id, event_timestamp, created_at, ${columns})
    SELECT 'default', user_id, '2026-01-02Z', now(), ${columns} ${source};
  INSERT INTO hand_latest AS l (tenant_id, user_id, event_timestamp, created_at, ${columns})
    SELECT 'default', user_id, '2026-01-02Z', now(), ${columns} ${source}
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET event_timestamp = excluded.event_timestamp,
      created_at = excluded.created_at, ${features.map((name) => `${name} = excluded.${name}`).join(', ')}
    WHERE excluded.event_timestamp >= l.event_timestamp;
  COMMIT`

export async function run({ scale, runs, keep }: Bench): Promise<void> {
  const rows = Math.round(1_000_000 * scale)
  await withDatabase(async (url, client) => {
    await createSource(client, rows)
    process.env.DATABASE_URL = url
    const store = createFeatureStore(config, { root: tmpdir() })
    await store.migrate()
    await client.query('GRANT SELECT ON events TO fstore_app')
    const sides = [
      { name: 'bare insert, one table', prepare: () => createTables(client), run: () => exec(client, bareInsert) },
      { name: 'two tables by hand', prepare: () => createTables(client), run: () => exec(client, byHand) },
      { name: 'fstore build', prepare: () => reset(client), run: () => build(store, rows) },
    ]
    const measured = await measure(sides, { runs })
    keep(ratios(`One window of ${count(rows)} rows × ${features.length} features`, measured, 'two tables by hand'))
    await store.close()
  })
}

const bareInsert = `INSERT INTO bare (tenant_id, user_id, event_timestamp, created_at, ${columns})
  SELECT 'default', user_id, '2026-01-02Z', now(), ${columns} ${source}`

async function createSource(client: pg.Client, rows: number): Promise<void> {
  const values = features.map((_, i) => `(i * ${i + 3} % 1000) / 7.0::float8 AS f${i}`)
  await client.query(`CREATE TABLE events AS SELECT 'user_' || i AS user_id, '2026-01-01 12:00Z'::timestamptz AS at,
    ${values.join(', ')} FROM generate_series(1, ${rows}) AS i`)
  await client.query('VACUUM ANALYZE events')
}

async function createTables(client: pg.Client): Promise<void> {
  const typed = `tenant_id text COLLATE "C" NOT NULL, user_id text COLLATE "C" NOT NULL, event_timestamp timestamptz NOT NULL,
    created_at timestamptz NOT NULL, ${features.map((name) => `${name} double precision`).join(', ')}`
  await client.query(`
    DROP TABLE IF EXISTS bare, hand_history, hand_latest;
    CREATE TABLE bare (${typed}, PRIMARY KEY (tenant_id, user_id, event_timestamp, created_at));
    CREATE TABLE hand_history (${typed}, PRIMARY KEY (tenant_id, user_id, event_timestamp, created_at))
      PARTITION BY RANGE (event_timestamp);
    CREATE TABLE hand_history_2026_01 PARTITION OF hand_history FOR VALUES FROM ('2026-01-01Z') TO ('2026-02-01Z');
    CREATE TABLE hand_latest (${typed}, PRIMARY KEY (tenant_id, user_id))`)
  await client.query('CHECKPOINT')
}

async function exec(client: pg.Client, text: string): Promise<void> {
  await client.query(text)
}

/** As if the group had never been built. */
async function reset(client: pg.Client): Promise<void> {
  await client.query(`
    DROP SCHEMA IF EXISTS fstore_offline, fstore_online CASCADE;
    CREATE SCHEMA fstore_offline; CREATE SCHEMA fstore_online;
    GRANT USAGE ON SCHEMA fstore_offline, fstore_online TO fstore_app;
    TRUNCATE fstore.coverage, fstore.jobs, fstore.features, fstore.feature_versions, fstore.versions, fstore.groups`)
  await client.query('CHECKPOINT')
}

async function build(store: { build(): PromiseLike<{ groups: readonly { written: number }[] }> }, rows: number) {
  const { groups } = await store.build()
  if (groups[0]?.written !== rows) throw new Error(`Wrote ${groups[0]?.written} of ${rows} rows`)
}
