/** More tenants of a few rows each, in the same tables. `--scale 10` makes ten thousand. */
import { tmpdir } from 'node:os'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../../src/index.js'
import { withDatabase } from '../postgres.js'
import { type Curve, onceWithMemory, type Point, repeated, sizes } from './point.js'

const config = defineConfig({
  project: 'bench',
  groups: [
    batch('activity', {
      entity: entity('user', { user_id: 'string' }),
      ...{ start: '2026-01-01', end: '2026-01-02' },
      features: { n: float64() },
      sql: sql`SELECT 'user_' || n AS user_id, n::float8 AS n FROM generate_series(1, 10) AS n WHERE :tenant_id <> ''`,
    }),
  ],
})

export const tenants: Curve = {
  name: 'tenants',
  about: 'a build of so many tenants × 10 rows, one that finds nothing due, and a read of one of them',
  fits: ['seconds', 'nothing due, s', 'read, ms'],
  async run({ scale, runs }) {
    const points: Point[] = []
    for (const count of sizes([1, 10, 100, 1_000], Math.max(0.03, scale))) points.push(await trial(count, runs))
    return points
  },
}

async function trial(count: number, runs: number): Promise<Point> {
  let point: Point = {}
  await withDatabase(async (url, client) => {
    process.env.DATABASE_URL = url
    const store = createFeatureStore(config, { root: tmpdir(), cache: { max: 0 } })
    try {
      await store.migrate()
      await client.query(`INSERT INTO fstore.tenants (tenant_id, display_name)
        SELECT 'tenant_' || n, 'Tenant ' || n FROM generate_series(2, ${count}) AS n`)
      const { seconds, memory } = await onceWithMemory(async () => {
        const { status } = await store.build({ allTenants: true })
        if (status !== 'done') throw new Error(`The build ended ${status}`)
      })
      await client.query('ANALYZE')
      const idle = await repeated(Math.min(runs, 2), async () => store.build({ allTenants: true }))
      const one = store.forTenant(count > 1 ? `tenant_${count}` : 'default')
      const read = () => one.getFeatures({ entity: 'user', key: 'user_3', features: ['activity.n'], maxAge: '0s' })
      if ((await read()).values['activity.n'] !== 3) throw new Error('The read is wrong')
      const reads = await repeated(Math.max(runs, 20), read)
      await one.close()
      point = {
        tenants: count,
        seconds,
        'a tenant, ms': (seconds * 1000) / count,
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
