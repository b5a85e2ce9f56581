/** More entities in Redis. 10 million of them take about 3 GB there: `--scale 10`. */
import { tmpdir } from 'node:os'
import { createFeatureStore } from '../../src/index.js'
import { timeCalls } from '../latency.js'
import { asked, config, createFacts, forget, names } from '../peers/facts.js'
import { withDatabase } from '../postgres.js'
import { withRedis } from '../redis.js'
import { type Curve, type Point, peakMemory, repeated, sizes } from './point.js'

const features = names.map((name) => `facts.${name}` as const)

export const entities: Curve = {
  name: 'entities',
  about: 'so many entities × 10 features from latest to Redis, and reads of 100 of them',
  fits: ['sync, s', 'Redis, MiB', 'read of 100, ms'],
  async run({ scale, runs }) {
    const points: Point[] = []
    for (const count of sizes([1_000, 10_000, 100_000, 1_000_000], scale, 200)) points.push(await trial(count, runs))
    return points
  },
}

async function trial(count: number, runs: number): Promise<Point> {
  let point: Point = {}
  await withRedis((redisUrl, redis) =>
    withDatabase(async (url, client) => {
      Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redisUrl })
      await redis.flushdb()
      const store = createFeatureStore(config, { root: tmpdir(), cache: { max: 0 }, redisTimeout: 10_000 })
      const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
      const empty = async () => {
        await redis.flushdb()
      }
      try {
        await store.migrate()
        await createFacts(client, count)
        await client.query('GRANT SELECT ON source_facts TO fstore_app')
        await forget(client)
        await store.build()
        const before = await used()
        const sync = await repeated(runs, async () => store.sync(), empty)
        await empty()
        const memory = await peakMemory(async () => store.sync())
        const taken = (await used()) - before
        const reads = asked(count, 100, 200)
        const read = (i: number) => store.getMany({ entity: 'user', keys: reads[i] as string[], features })
        await timeCalls(read, { calls: 50 })
        const { p50 } = await timeCalls(read, { calls: reads.length })
        point = {
          entities: count,
          'sync, s': sync,
          'rows/s': count / sync.median,
          'Redis, MiB': taken / 2 ** 20,
          'bytes a row': taken / count,
          'read of 100, ms': p50,
          'RSS, MiB': memory,
        }
      } finally {
        await store.close()
      }
    }),
  )
  return point
}
