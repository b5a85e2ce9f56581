/** A longer spine over the same history. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createFeatureStore } from '../../src/index.js'
import { writeWhole } from '../../src/training/output-file.js'
import { configOf, featureNames, type Shape, scaled } from '../point-in-time/shape.js'
import { withTrial, writeSpine } from '../point-in-time/trial.js'
import { type Curve, type Point, peakMemory, repeated, sizes } from './point.js'

const shape: Shape = { title: 'spine', groups: 1, entities: 5_000, rowsEach: 100, step: 24, features: 10, spine: 1 }

export const spine: Curve = {
  name: 'spine',
  about: 'an export of so many rows over 5,000 entities × 100 rows × 10 features',
  fits: ['seconds'],
  async run({ scale, runs }) {
    const points: Point[] = []
    const own = scaled(shape, scale)
    await withTrial(own, async (trial) => {
      const features = featureNames(own, 'group_0')
      const store = createFeatureStore(configOf(own), { root: trial.folder })
      for (const rows of sizes([1_000, 10_000, 100_000, 1_000_000], scale, 50)) {
        await writeSpine(trial, `spine_${rows}`, rows)
        const work = () => {
          const csv = createReadStream(join(trial.folder, `spine_${rows}.csv`))
          const request = { spine: { csv }, features, format: 'csv', names: 'short' } as const
          return writeWhole(join(trial.folder, 'out.csv'), (file) =>
            store.exportPointInTime(request, (bytes) => file.write(bytes)),
          )
        }
        const seconds = await repeated(runs, work)
        const memory = await peakMemory(work)
        points.push({ spine: rows, seconds, 'rows/s': rows / seconds.median, 'RSS, MiB': memory })
      }
      await store.close()
    })
    return points
  },
}
