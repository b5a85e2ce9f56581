/** What peers are measured on: ten features of users, a row a day for three days, in a table that all of them read. */

import { createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { batch, defineConfig, entity, float64, sql } from '../../src/index.js'
import { copyOut } from '../point-in-time/shape.js'

export const names = Array.from({ length: 10 }, (_, i) => `f${i}`)
export const span = { start: '2026-01-01', end: '2026-01-04' } as const
const days = 3
const columns = names.join(', ')

export const config = defineConfig({
  project: 'bench_facts',
  groups: [
    batch('facts', {
      entity: entity('user', { user_id: 'string' }),
      ...span,
      features: Object.fromEntries(names.map((name) => [name, float64()])),
      sql: sql`SELECT user_id, event_timestamp, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 FROM source_facts
        WHERE event_timestamp >= :start_time AND event_timestamp < :end_time`,
    }),
  ],
})

/** The same as a project that the command line reads. */
export function writeConfig(folder: string): void {
  writeFileSync(
    join(folder, 'featurestore.config.ts'),
    `import { batch, defineConfig, entity, float64, sql } from 'featurestore'

export default defineConfig({
  project: 'bench_facts',
  groups: [
    batch('facts', {
      entity: entity('user', { user_id: 'string' }),
      start: '${span.start}',
      end: '${span.end}',
      features: { ${names.map((name) => `${name}: float64()`).join(', ')} },
      sql: sql\`SELECT user_id, event_timestamp, ${columns} FROM source_facts
        WHERE event_timestamp >= :start_time AND event_timestamp < :end_time\`,
    }),
  ],
})
`,
  )
}

export async function createFacts(client: pg.Client, users: number): Promise<void> {
  for (const statement of factsSql(users)) await client.query(statement)
  await client.query('VACUUM ANALYZE source_facts')
}

/** With the indexes that each side's queries can use. */
export function factsSql(users: number): string[] {
  const values = names.map((name, i) => `sin(u * ${i + 3} + d)::float8 AS ${name}`)
  return [
    `CREATE TABLE source_facts AS SELECT 'user_' || u AS user_id,
      timestamptz '2026-01-01 12:00Z' + d * interval '1 day' AS event_timestamp,
      timestamptz '2026-01-01 12:10Z' + d * interval '1 day' AS created_at, ${values.join(', ')}
    FROM generate_series(0, ${days - 1}) AS d, generate_series(0, ${users - 1}) AS u`,
    'CREATE INDEX ON source_facts (event_timestamp)',
    'CREATE INDEX ON source_facts (user_id, event_timestamp, created_at)',
  ]
}

export async function copyFacts(client: pg.Client, file: string): Promise<void> {
  await client.query("SET TimeZone = 'UTC'")
  await copyOut(client, 'SELECT * FROM source_facts', createWriteStream(file))
}

/** Users, spread over all there are, `count` to a read. */
export function asked(users: number, count: number, reads: number): string[][] {
  return Array.from({ length: reads }, (_, r) =>
    Array.from({ length: count }, (_, k) => `user_${((r * count + k) * 7919) % users}`),
  )
}

/** As if the group had never been built. */
export async function forget(client: pg.Client): Promise<void> {
  for (const statement of forgetting) await client.query(statement)
  await client.query('CHECKPOINT')
}

export const forgetting = [
  'DROP SCHEMA IF EXISTS fstore_offline, fstore_online CASCADE',
  'CREATE SCHEMA fstore_offline',
  'CREATE SCHEMA fstore_online',
  'GRANT USAGE ON SCHEMA fstore_offline, fstore_online TO fstore_app',
  'TRUNCATE fstore.groups CASCADE',
  'TRUNCATE fstore.coverage, fstore.jobs',
] as const
