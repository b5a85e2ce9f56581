/** One window of more rows, and of more features. */
import { tmpdir } from 'node:os'
import type pg from 'pg'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../../src/index.js'
import { forgetting } from '../peers/facts.js'
import { withDatabase } from '../postgres.js'
import { type Curve, type Point, peakMemory, repeated, sizes } from './point.js'

export const rows: Curve = {
  name: 'rows',
  about: 'a window of so many rows × 10 features into history and latest',
  fits: ['seconds'],
  run: ({ scale, runs }) =>
    curve(
      sizes([10_000, 30_000, 100_000, 300_000, 1_000_000], scale, 100).map((size) => [size, 10] as const),
      runs,
      ([size]) => ({
        rows: size,
      }),
    ),
}

export const features: Curve = {
  name: 'features',
  about: 'a window of 10,000 rows × so many features',
  fits: ['seconds'],
  run: ({ scale, runs }) => {
    const size = Math.max(100, Math.round(10_000 * scale))
    // PostgreSQL keeps a row in one page of 8 kB: a thousand numbers would not fit.
    const widths = scale < 0.01 ? [1, 8, 64] : [1, 4, 16, 64, 250, 900]
    return curve(
      widths.map((width) => [size, width] as const),
      runs,
      ([, width]) => ({ features: width }),
    )
  },
}

type Shape = readonly [rows: number, features: number]

async function curve(shapes: readonly Shape[], runs: number, head: (shape: Shape) => Point): Promise<Point[]> {
  const points: Point[] = []
  await withDatabase(async (url, client) => {
    process.env.DATABASE_URL = url
    for (const shape of shapes) points.push({ ...head(shape), ...(await window(client, shape, runs)) })
  })
  return points
}

async function window(client: pg.Client, [size, width]: Shape, runs: number): Promise<Point> {
  const names = Array.from({ length: width }, (_, i) => `f${i}`)
  const values = names.map((name, i) => `(i * ${i + 3} % 1000) / 7.0::float8 AS ${name}`)
  await client.query(`DROP TABLE IF EXISTS events; CREATE TABLE events AS SELECT 'user_' || i AS user_id,
    '2026-01-01 12:00Z'::timestamptz AS at, ${values.join(', ')} FROM generate_series(1, ${size}) AS i`)
  await client.query('VACUUM ANALYZE events')
  const text = `SELECT user_id, ${names.join(', ')} FROM events WHERE at >= :start_time AND at < :end_time`
  const group = batch('activity', {
    entity: entity('user', { user_id: 'string' }),
    ...{ start: '2026-01-01', end: '2026-01-02' },
    features: Object.fromEntries(names.map((name) => [name, float64()])),
    sql: sql(Object.assign([text], { raw: [text] })),
  })
  const store = createFeatureStore(defineConfig({ project: 'bench', groups: [group] }), { root: tmpdir() })
  try {
    await store.migrate()
    await client.query('GRANT SELECT ON events TO fstore_app')
    const prepare = async () => {
      for (const statement of forgetting) await client.query(statement)
      await client.query('CHECKPOINT')
    }
    const build = async () => {
      const { groups } = await store.build()
      const [built] = groups
      if (built?.written !== size)
        throw new Error(`Wrote ${built?.written} of ${size} rows (${built?.status})`, { cause: built?.error })
    }
    const seconds = await repeated(runs, build, prepare)
    await prepare()
    const memory = await peakMemory(build)
    return {
      seconds,
      'rows/s': size / seconds.median,
      'values/s': (size * width) / seconds.median,
      'RSS, MiB': memory,
    }
  } finally {
    await store.close()
  }
}
