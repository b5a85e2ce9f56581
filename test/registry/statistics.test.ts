/** What is kept of many runs. */
import { expect, test } from '@jest/globals'
import { migrate } from '../../src/db/migrate.js'
import {
  chooseBaseline,
  type FeatureStatistics,
  keepStatistics,
  readBaseline,
  readBins,
  readRuns,
} from '../../src/registry/statistics.js'
import { describeEachDatabase } from '../servers/databases.js'

const feature: FeatureStatistics = {
  feature: 'f',
  dataType: 'float64',
  rows: 1,
  nulls: 0,
  nan: 0,
  infinite: 0,
  mean: 1e300,
  stddev: null,
  min: 5e-324,
  max: '9223372036854775807',
  quantiles: [[0.5, 0.1]],
  distinct: 1,
  top: [{ value: 'a\\"é', count: 1 }],
  histogram: null,
  bins: { kind: 'values', values: [0.1], counts: [1, 0] },
}

describeEachDatabase((given) => {
  test('the first run with rows, the baseline, and the newest 100; of its own tenant alone', async () => {
    await migrate({ db: given.db, schema: 'fstore' })
    const scope = { db: given.db, schema: 'fstore', tenant: 'a', group: 'g', fingerprint: '0' }
    const keep = (jobId: number, rows: number) =>
      keepStatistics(scope, { jobId, during: null, rows, sampleRows: rows, features: [{ ...feature, rows }] })
    await keepStatistics(
      { ...scope, tenant: 'b' },
      { jobId: 0, during: null, rows: 1, sampleRows: 1, features: [feature] },
    )
    await keep(1, 0)
    await keep(2, 1)
    await keep(3, 1)
    const [newest] = await readRuns(scope, 1)
    expect(newest).toMatchObject({ jobId: 3, rows: 1, baseline: false, features: [feature] })
    expect(await readBaseline(scope)).toMatchObject({ jobId: 2 })
    await chooseBaseline(scope, newest?.computedAt ?? '')
    expect(await readBaseline(scope)).toMatchObject({ jobId: 3, baseline: true })
    for (let job = 4; job <= 110; job++) await keep(job, 1)
    const jobs = (await readRuns(scope, 1000)).map(({ jobId }) => jobId)
    expect(jobs).toEqual([...Array.from({ length: 100 }, (_, i) => 110 - i), 3, 2])
    expect(await readBins(scope)).toEqual(new Map([['f', feature.bins]]))
    expect(await readRuns({ ...scope, tenant: 'b' }, 10)).toHaveLength(1)
  })
})
