/** Shapes of history and spine, and how a database is filled with them. */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from, to } from 'pg-copy-streams'
import { batch, defineConfig, entity, float64, sql } from '../../src/index.js'

export interface Shape {
  readonly title: string
  readonly groups: number
  readonly entities: number
  /** Rows of history for each entity. */
  readonly rowsEach: number
  /** Hours between them. */
  readonly step: number
  /** Of each group. */
  readonly features: number
  readonly spine: number
  /** Where Feast's join would take hours, and its pairs more disk than there is. */
  readonly feastSpine?: number
  readonly ttl?: '3d'
}

export const shapes: readonly Shape[] = [
  { title: 'one group', groups: 1, entities: 10_000, rowsEach: 100, step: 24, features: 10, spine: 100_000 },
  {
    title: 'few entities, long history',
    groups: 1,
    entities: 500,
    rowsEach: 2_000,
    step: 6,
    features: 10,
    spine: 100_000,
    feastSpine: 10_000,
  },
  { title: 'five groups at once', groups: 5, entities: 2_000, rowsEach: 100, step: 24, features: 4, spine: 50_000 },
  {
    title: 'a ttl of 3 days',
    groups: 1,
    entities: 10_000,
    rowsEach: 100,
    step: 24,
    features: 10,
    spine: 100_000,
    ttl: '3d',
  },
]

export function scaled(shape: Shape, scale: number): Shape {
  return {
    ...shape,
    entities: Math.ceil(shape.entities * scale),
    spine: Math.ceil(shape.spine * scale),
    ...(shape.feastSpine && { feastSpine: Math.ceil(shape.feastSpine * scale) }),
  }
}

export const started = '2026-01-01T00:00:00Z'

export function groupNames({ groups }: Shape): string[] {
  return Array.from({ length: groups }, (_, i) => `group_${i}`)
}

export function featureNames(shape: Shape, group: string): string[] {
  return Array.from({ length: shape.features }, (_, i) => `${group}_f${i}`)
}

/** Groups that no window fills: their history is written by `fill`, all of it at once. */
export function configOf(shape: Shape) {
  const user = entity('user', { user_id: 'string' })
  return defineConfig({
    project: 'bench',
    groups: groupNames(shape).map((name) =>
      batch(name, {
        entity: user,
        start: '2026-01-01',
        end: '2026-01-01T12:00:00Z',
        ...(shape.ttl && { ttl: shape.ttl }),
        features: Object.fromEntries(featureNames(shape, name).map((feature) => [feature, float64()])),
        sql: sql`SELECT 1`,
      }),
    ),
  })
}

/** Fills the history of every group, as daily builds would have left it: by time, each row known ten minutes later. */
export async function fill(client: pg.Client, shape: Shape): Promise<void> {
  for (const group of groupNames(shape)) {
    const table = await historyOf(client, group)
    await createPartitions(client, table, shape)
    const values = featureNames(shape, group).map((_, i) => `sin(u * ${i + 3} + d)`)
    await client.query(`INSERT INTO ${table} (tenant_id, user_id, event_timestamp, created_at, ${featureNames(shape, group).join(', ')})
      SELECT 'default', 'user_' || u, t, t + interval '10 minutes', ${values.join(', ')}
      FROM generate_series(0, ${shape.rowsEach - 1}) AS d, generate_series(1, ${shape.entities}) AS u,
        LATERAL (SELECT timestamptz '${started}' + d * interval '${shape.step} hours' AS t) AS at`)
    await client.query(`VACUUM ANALYZE ${table}`)
  }
}

export async function historyOf(client: pg.Client, group: string): Promise<string> {
  const { rows } = await client.query('SELECT active_fingerprint AS fingerprint FROM fstore.groups WHERE name = $1', [
    group,
  ])
  return `fstore_offline.${group}__${rows[0].fingerprint}`
}

async function createPartitions(client: pg.Client, table: string, { rowsEach, step }: Shape): Promise<void> {
  const end = new Date(started).getTime() + rowsEach * step * 3_600_000
  for (let month = new Date(started); month.getTime() < end; ) {
    const next = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1))
    const name = `${table}_${month.toISOString().slice(0, 7).replace('-', '_')}`
    await client.query(
      `CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM ('${month.toISOString()}') TO ('${next.toISOString()}')`,
    )
    month = next
  }
}

/** The columns of a spine; `row` says which row it is, since not every side keeps their order. */
export const spineColumns = 'user_id text COLLATE "C", event_timestamp timestamptz, row bigint'

/** Rows of random entities at random instants of the history's span, in no order; some know nothing yet. */
export async function createSpine(client: pg.Client, name: string, { entities, rowsEach, step }: Shape, rows: number) {
  await client.query(`CREATE TABLE ${name} (${spineColumns})`)
  const random = (seed: number) => `(hashint8(i + ${seed}) & 2147483647)`
  await client.query(`INSERT INTO ${name} SELECT 'user_' || 1 + ${random(0)} % ${entities},
    timestamptz '${started}' + (${random(7)} % ${rowsEach * step * 3600} - 3600) * interval '1 second', i
    FROM generate_series(1, ${rows}) AS i`)
  await client.query(`ANALYZE ${name}`)
  await client.query(`GRANT SELECT ON ${name} TO fstore_app`)
}

export async function copyOut(client: pg.Client, select: string, sink: NodeJS.WritableStream): Promise<void> {
  await pipeline(client.query(to(`COPY (${select}) TO STDOUT WITH (FORMAT csv, HEADER)`)), sink)
}

export async function copyIn(client: pg.Client, table: string, file: string): Promise<void> {
  await pipeline(createReadStream(file), client.query(from(`COPY ${table} FROM STDIN WITH (FORMAT csv, HEADER)`)))
}
