/** Source rows that come late: the last windows run again whenever a new one is due, and only then. */
import { beforeAll, beforeEach, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { rolling } from '../../src/config/rolling.js'
import { build } from '../../src/plan/execute.js'
import { explain } from '../../src/plan/explain.js'
import { compileOne } from '../project.js'
import { describeEachDatabase } from '../servers/databases.js'
import { covering, plan, registered, state, steps } from './given.js'
import { sqlOf, Trial } from './trial.js'

const daily = { start: '2026-03-01', every: '1d' } as const
const day = (n: number) => `2026-03-${String(n).padStart(2, '0')}T00:00:00Z`

test.each([
  ['a new window', [[1, 9]], {}, [[7, 9]], 3],
  [
    'a gap that is older',
    [
      [1, 4],
      [5, 10],
    ],
    {},
    undefined,
    1,
  ],
  ['nothing', [[1, 10]], {}, undefined, 0],
  ['the first build', [], {}, undefined, 9],
  ['little was covered', [[8, 9]], {}, [[8, 9]], 8 + 1],
  ['all of it, again', [[1, 9]], { full: true }, undefined, 9],
  ['windows after the new one', [[1, 8]], { end: day(9) }, [[6, 8]], 3],
  ['a start after what was covered', [[1, 9]], { start: day(9) }, undefined, 1],
] as const)('where %s is due', async (_, covered, options, again, windows) => {
  const compiled = await compileOne('activity', { ...daily, lookback: '2d' })
  const spans = covered.map(([from, to]) => [day(from), day(to)] as const)
  const given = state([registered([compiled])], [covering(compiled, spans)])
  const made = plan([compiled], { state: given, ...options })
  const [step] = steps(made, 'materialize')
  expect(step?.windows ?? 0).toBe(windows)
  expect(step?.again).toEqual(again?.map(([from, to]) => [day(from), day(to)]))
  expect(explain(made).join('\n').includes('of them ha')).toBe(again !== undefined)
})

test('it changes no fingerprint, and is whole windows', async () => {
  const [without, compiled] = [
    await compileOne('activity', daily),
    await compileOne('activity', { ...daily, lookback: '25h' }),
  ]
  expect(compiled.definition.fingerprint).toBe(without.definition.fingerprint)
  const given = state([registered([compiled])], [covering(compiled, [[day(1), day(9)]])])
  expect(steps(plan([compiled], { state: given }), 'materialize')[0]?.again).toEqual([[day(7), day(9)]])
})

describeEachDatabase((given) => {
  const user = entity('user', { user_id: 'string' })
  const span = { entity: user, start: '2026-03-01' } as const
  const spent = batch('spent', {
    ...span,
    lookback: '2d',
    sql: sqlOf(`SELECT user_id, sum(amount)::bigint AS amount FROM orders
      WHERE at >= :start_time AND at < :end_time GROUP BY user_id`),
    features: { amount: int64() },
  })
  const total = batch('total', {
    ...span,
    sql: sqlOf('SELECT user_id, sum(amount)::bigint AS amount FROM late_offline.spent GROUP BY user_id'),
    features: { amount: int64() },
  })
  const recent = rolling('recent', {
    ...span,
    ...{ source: 'orders', timestamp: 'at', lookback: '2d', windows: ['5d'] },
    measures: { amount: { expr: 'amount', functions: ['sum'] } },
  })
  let trial: Trial
  const order = (on: number, amount: number) =>
    trial.script(`INSERT INTO orders VALUES ('ann', '${day(on).replace('T00', 'T12')}', ${amount})`)
  const amounts = async (group: string, column = 'amount') =>
    Object.fromEntries(
      (await trial.current(group)).map((row) => [Number(row.event_timestamp.slice(8, 10)), row[column]]),
    )

  beforeAll(async () => {
    trial = new Trial({ db: given.db, schema: 'late' }).declare(total, spent, recent)
    await trial.migrate()
    await trial.script(
      'CREATE TABLE orders (user_id text, at timestamptz, amount int); GRANT SELECT ON orders TO fstore_app',
    )
  })
  beforeEach(() => trial.script('TRUNCATE orders'))

  test('late rows are caught, what reads them follows, the rest is left alone, and a second build finds nothing', async () => {
    for (let n = 1; n <= 9; n++) await order(n, n)
    await trial.built({ end: day(9) })
    const before = await trial.history('spent')
    // Of the windows that end on 6, 8 and 9; two days reach back to that of the 7th's end.
    for (const late of [5, 7, 8]) await order(late, 100)
    const done = await trial.built({ end: day(10) })
    expect(done.of('spent')).toMatchObject({ windows: 3, written: 3, superseded: 2 })
    expect(await amounts('spent')).toMatchObject({ 6: 5, 7: 6, 8: 107, 9: 108, 10: 9 })
    expect(await amounts('total')).toMatchObject({ 7: 21, 8: 128, 9: 236, 10: 245 })
    expect(await amounts('recent', 'amount__sum__5d')).toMatchObject({ 6: 15, 7: 20, 8: 225, 9: 330, 10: 335 })
    const after = await trial.history('spent')
    expect(after).toEqual(expect.arrayContaining(before.filter(({ event_timestamp }) => event_timestamp < day(8))))
    expect(await trial.built({ end: day(10) })).toMatchObject({ upToDate: true })
  })

  test('a build that is cut off leaves them due', async () => {
    const again = new Trial({ db: given.db, schema: 'late2' }).declare(spent)
    await again.migrate()
    for (let n = 1; n <= 9; n++) await order(n, n)
    await again.built({ end: day(9) })
    for (const late of [7, 8]) await order(late, 100)
    const stop = new AbortController()
    for await (const event of build(again.scope, { end: day(10), signal: stop.signal }))
      if (event.type === 'window') stop.abort()
    expect((await again.current('spent')).map(({ amount }) => amount)).toEqual([1, 2, 3, 4, 5, 6, 107, 8])
    // Though nothing new is due here.
    await again.built({ end: day(9) })
    expect((await again.current('spent')).map(({ amount }) => amount)).toEqual([1, 2, 3, 4, 5, 6, 107, 108])
  })
})
