/** Groups that are pushed, or rolled up, are planned, validated, looked at and rolled back like any other. */
import { expect, test } from '@jest/globals'
import { entity, int64, rolling, stream, string } from '../../src/index.js'
import { replayRejected } from '../../src/plan/replay.js'
import { reportPlan } from '../../src/plan/report.js'
import { rollbackGroup } from '../../src/plan/rollback.js'
import { storeStatus } from '../../src/plan/status.js'
import { validateProject } from '../../src/plan/validate.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import type { Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const pushed = (features = {}) => stream('pushed', { entity: user, features: { plan: string(), ...features } })
const rolled = (...windows: ('1d' | '2d')[]) =>
  rolling('rolled', {
    entity: user,
    source: 'payments',
    timestamp: 'at',
    measures: { amount: { expr: 'amount', functions: ['sum'] } },
    windows,
    every: '1d',
    start: '2024-03-01',
    end: '2024-03-04',
  })

describeEachDatabase((given) => {
  let trial: Trial
  eachTrial(
    given,
    (own) => {
      trial = own
    },
    `CREATE TABLE payments (user_id text, at timestamptz, amount float8);
     INSERT INTO payments SELECT 'u', timestamptz '2024-03-01Z' + n * interval '9 hours', n FROM generate_series(1, 6) AS n`,
  )

  test('a pushed group', async () => {
    trial.declare(pushed())
    expect((await reportPlan(trial.scope, { sql: true })).groups).toMatchObject([{ kind: 'added', backfill: null }])
    expect(await validateProject(trial.scope)).toMatchObject({ errors: 0, warnings: 0 })
    await trial.built()
    expect((await storeStatus(trial.scope)).groups).toMatchObject([
      { freshness: 'fresh', rows: 0, due: 0, newest: null },
    ])
    trial.declare(pushed({ seats: int64() }))
    expect((await reportPlan(trial.scope, {})).groups).toMatchObject([{ kind: 'changed', impact: 'additive' }])
    await trial.built()
    expect(await rollbackGroup(trial.scope, { group: 'pushed' })).toMatchObject({
      version: 1,
      features: [{ feature: 'seats', after: null }],
      reasons: ['removes seats'],
    })
    await expect(replayRejected(trial.scope, { group: 'pushed' }).next()).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('a rolling group', async () => {
    trial.declare(rolled('1d'))
    const { compiled } = await reportPlan(trial.scope, { sql: true })
    expect(compiled?.[0]?.selects).toMatchObject([{ feature: null, sql: expect.stringMatching('payments') }])
    expect(await validateProject(trial.scope)).toMatchObject({ errors: 0, warnings: 0 })
    await trial.built()
    expect((await storeStatus(trial.scope)).groups).toMatchObject([{ freshness: 'complete', due: 0 }])
    trial.declare(rolled('1d', '2d'))
    expect((await reportPlan(trial.scope, {})).groups).toMatchObject([{ kind: 'changed', backfill: { windows: 3 } }])
    await trial.built()
    expect(await rollbackGroup(trial.scope, { group: 'rolled' })).toMatchObject({ version: 1, done: true })
  })
})
