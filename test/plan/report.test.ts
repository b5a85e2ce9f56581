/** The plan as it is told: what each group's change means, what is backfilled, and about how many rows. */
import { expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { type PlanReportOptions, reportPlan } from '../../src/plan/report.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import { sqlOf, type Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const days = { entity: user, every: '1d', start: '2024-03-01', end: '2024-03-05' } as const

const spent = (columns: string, features: readonly string[] = ['spent'], description = 'as it was') =>
  batch('spent', {
    ...days,
    description,
    sql: sqlOf(`SELECT user_id, ${columns}\nFROM orders\nWHERE at < :end_time\nGROUP BY user_id`),
    features: Object.fromEntries(features.map((name) => [name, int64()])),
  })
const twice = ({ schema }: Trial) =>
  batch('twice', {
    ...days,
    sql: sqlOf(`SELECT user_id, 2 * max(spent) AS twice FROM ${schema}_offline.spent GROUP BY user_id`),
    features: { twice: int64() },
  })

describeEachDatabase((given) => {
  let trial: Trial
  eachTrial(
    given,
    (own) => {
      trial = own
    },
    `CREATE TABLE orders (user_id text, at timestamptz, amount int);
     INSERT INTO orders SELECT 'u' || n % 5, timestamptz '2024-02-01Z', n FROM generate_series(1, 20) AS n;
     ANALYZE orders`,
  )

  const report = (options: PlanReportOptions = {}) => reportPlan(trial.scope, options)

  test('of what is new, before there is a schema', async () => {
    trial.declare(spent('sum(amount) AS spent'), twice(trial))
    const { changes, migrations, groups, destroys, compiled } = await report({ sql: true })
    expect({ changes, destroys, migrations: migrations.length > 0 }).toEqual({
      changes: true,
      destroys: [],
      migrations: true,
    })
    const added = { kind: 'added', impact: 'additive', version: 1, liveVersion: null, promoted: true, sql: [] }
    expect(groups).toMatchObject([
      // By the planner's statistics.
      { group: 'spent', ...added, backfill: { tenant: 'default', windows: 4, rows: 20 } },
      // The table that it reads is not there to be asked.
      { group: 'twice', ...added, backfill: { windows: 4, rows: null } },
    ])
    const [own, reader] = compiled ?? []
    expect(own?.selects).toEqual([{ feature: null, sql: expect.stringContaining('at < (:end_time::timestamptz)') }])
    expect(reader?.selects[0]?.sql).toMatch(
      /^WITH "spent" AS \(SELECT[\s\S]+tenant_id = :tenant_id[\s\S]+FROM "spent" GROUP/,
    )
  })

  test('of nothing', async () => {
    await trial.declare(spent('sum(amount) AS spent')).built()
    expect(await report()).toMatchObject({ changes: false, groups: [], migrations: [] })
  })

  test('a changed group and the one that it affects, by the rows that their windows had', async () => {
    await trial.declare(spent('sum(amount) AS spent'), twice(trial)).built()
    trial.declare(spent('sum(amount * 2) AS spent'), twice(trial))
    const live = { version: 2, liveVersion: 1, promoted: true, impact: 'breaking' }
    expect((await report()).groups).toMatchObject([
      {
        group: 'spent',
        kind: 'changed',
        ...live,
        reasons: ['its SQL changes, so values may change'],
        sql: [{ lines: expect.arrayContaining(['- SELECT user_id, sum(amount) AS spent', '  FROM orders']) }],
        backfill: { windows: 4, rows: 20 },
      },
      { group: 'twice', kind: 'affected', ...live, reasons: ['it reads spent, which changes'], backfill: { rows: 20 } },
    ])
    expect((await report({ select: ['twice'] })).groups).toMatchObject([{ group: 'twice' }])
  })

  test('a feature more is additive, also to whom it affects', async () => {
    await trial.declare(spent('sum(amount) AS spent'), twice(trial)).built()
    trial.declare(spent('sum(amount) AS spent, count(*) AS orders', ['spent', 'orders']), twice(trial))
    expect((await report()).groups).toMatchObject([
      { kind: 'changed', impact: 'additive', features: [{ feature: 'orders', before: null, after: 'int64' }] },
      { kind: 'affected', impact: 'additive', features: [], sql: [] },
    ])
  })

  test('windows alone, a removed group, other words, an earlier version again', async () => {
    await trial.declare(spent('sum(amount) AS spent'), twice(trial)).built({ end: '2024-03-03' })
    expect((await report()).groups).toMatchObject([
      { group: 'spent', kind: 'due', impact: null, promoted: false, backfill: { windows: 2, rows: 10 } },
      { group: 'twice', kind: 'due' },
    ])
    trial.declare(spent('sum(amount) AS spent'))
    expect((await report()).groups).toMatchObject([
      { group: 'spent', kind: 'due' },
      { group: 'twice', kind: 'removed', impact: 'breaking', backfill: null, liveVersion: 1 },
    ])
    await trial.declare(spent('min(amount) AS spent')).built()
    trial.declare(spent('sum(amount) AS spent'))
    expect((await report()).groups).toMatchObject([{ kind: 'restored', version: 1, liveVersion: 2, promoted: true }])
    trial.declare(spent('min(amount) AS spent', ['spent'], 'said otherwise'))
    expect((await report()).groups).toMatchObject([{ kind: 'described', impact: null, backfill: null }])
  })

  test('SQL that the database refuses is planned all the same', async () => {
    trial.declare(spent('nothing AS spent'))
    expect((await report()).groups).toMatchObject([{ backfill: { windows: 4, rows: null } }])
  })
})
