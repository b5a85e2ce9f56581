/** The same history over more months: exports, reads of the past, and a build that finds nothing due. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createFeatureStore } from '../../src/index.js'
import { writeWhole } from '../../src/training/output-file.js'
import { configOf, featureNames, type Shape, started } from '../point-in-time/shape.js'
import { withTrial, writeSpine } from '../point-in-time/trial.js'
import { type Curve, type Point, peakMemory, repeated } from './point.js'

export const partitions: Curve = {
  name: 'partitions',
  about: '500 entities × 600 rows spread over so many months, a spine of 20,000 over all of them',
  fits: ['export, s', 'read as of, ms'],
  async run({ scale, runs }) {
    const points: Point[] = []
    for (const months of scale < 0.01 ? [12, 24] : [12, 60, 120, 300, 600])
      points.push(await trial(months, scale, runs))
    return points
  },
}

const rowsEach = 600

async function trial(months: number, scale: number, runs: number): Promise<Point> {
  // Hours between rows, so that they span the months.
  const step = Math.floor((months * 30.4 * 24) / rowsEach)
  const entities = Math.max(2, Math.round(500 * scale))
  const spine = Math.max(20, Math.round(20_000 * scale))
  const shape: Shape = { title: 'months', groups: 1, entities, rowsEach, step, features: 4, spine }
  let point: Point = {}
  await withTrial(shape, async (own) => {
    const store = createFeatureStore(configOf(shape), { root: own.folder })
    try {
      await writeSpine(own, 'spine', spine)
      const features = featureNames(shape, 'group_0')
      const work = () => {
        const csv = createReadStream(join(own.folder, 'spine.csv'))
        const request = { spine: { csv }, features, format: 'csv', names: 'short' } as const
        return writeWhole(join(own.folder, 'out.csv'), (file) =>
          store.exportPointInTime(request, (bytes) => file.write(bytes)),
        )
      }
      const exported = await repeated(runs, work)
      const memory = await peakMemory(work)
      const read = () =>
        store.featuresAt({
          entity: 'user',
          key: 'user_1',
          // After all of them: each may hold the newest row.
          at: new Date(Date.parse(started) + rowsEach * step * 3_600_000),
          features: features.map((name) => `group_0.${name}`) as never,
        })
      await read()
      const reads = await repeated(Math.max(runs, 10), read)
      const { rows } = await own.client.query(
        `SELECT count(*)::int AS n FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
        WHERE c.relkind = 'r' AND inhparent::regclass::text LIKE 'fstore_offline.%'`,
      )
      point = {
        partitions: rows[0].n,
        'export, s': exported,
        'rows/s': spine / exported.median,
        'read as of, ms': reads.median * 1000,
        'RSS, MiB': memory,
      }
    } finally {
      await store.close()
    }
  })
  return point
}
