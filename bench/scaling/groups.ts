/** More groups of a few rows: what each costs, and what it costs to find that nothing is due. */
import { tmpdir } from 'node:os'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../../src/index.js'
import { withDatabase } from '../postgres.js'
import { type Curve, onceWithMemory, type Point, repeated } from './point.js'

export const groups: Curve = {
  name: 'groups',
  about: 'a first build of so many groups × 100 rows, one that finds nothing due, and a read of all of one entity',
  fits: ['seconds', 'nothing due, s', 'read, ms'],
  async run({ scale, runs }) {
    const points: Point[] = []
    for (const count of scale < 0.01 ? [1, 4] : [1, 4, 16, 64, 256]) points.push(await trial(count, runs))
    return points
  },
}

async function trial(count: number, runs: number): Promise<Point> {
  const user = entity('user', { user_id: 'string' })
  const all = Array.from({ length: count }, (_, i) =>
    batch(`group_${i}`, {
      entity: user,
      ...{ start: '2026-01-01', end: '2026-01-02' },
      features: { [`a_${i}`]: float64(), [`b_${i}`]: float64() },
      sql: sql(texts(`SELECT user_id, n::float8 AS a_${i}, n / 7.0::float8 AS b_${i} FROM users`)),
    }),
  )
  let point: Point = {}
  await withDatabase(async (url, client) => {
    process.env.DATABASE_URL = url
    await client.query(`CREATE TABLE users AS SELECT 'user_' || n AS user_id, n FROM generate_series(1, 100) AS n`)
    const store = createFeatureStore(defineConfig({ project: 'bench', groups: all }), {
      root: tmpdir(),
      cache: { max: 0 },
    })
    try {
      await store.migrate()
      await client.query('GRANT SELECT ON users TO fstore_app')
      const { seconds, memory } = await onceWithMemory(async () => store.build())
      const idle = await repeated(runs, async () => store.build())
      const read = () =>
        store.getMany({ entity: 'user', keys: ['user_1'], features: all.map((_, i) => `group_${i}.a_${i}`) as never })
      await read()
      const reads = await repeated(Math.max(runs, 10), read)
      point = {
        groups: count,
        seconds,
        'a group, ms': (seconds * 1000) / count,
        'nothing due, s': idle,
        'read, ms': reads.median * 1000,
        'RSS, MiB': memory,
      }
    } finally {
      await store.close()
    }
  })
  return point
}

function texts(text: string): TemplateStringsArray {
  return Object.assign([text], { raw: [text] })
}
