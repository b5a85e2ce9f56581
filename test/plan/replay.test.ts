/** Rejected rows are listed, and after a fix exactly their windows run again. */
import { expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { listRejected } from '../../src/offline/rejected-rows.js'
import { type ReplayResult, replayRejected } from '../../src/plan/replay.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import { sqlOf, type Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const spent = (max?: number) =>
  batch('spent', {
    entity: user,
    every: '1d',
    start: '2024-03-01',
    end: '2024-03-07',
    sql: sqlOf(`SELECT user_id, sum(amount) AS spent FROM orders
      WHERE at >= :start_time AND at < :end_time GROUP BY user_id`),
    features: { spent: int64({ min: 0, notNull: true, ...(max !== undefined && { max }) }) },
  })

describeEachDatabase((given) => {
  let trial: Trial
  eachTrial(
    given,
    async (own) => {
      trial = own.declare(spent())
      // Of a user on each of six days; on the second, the fifth and the sixth less than nothing.
      await trial.script(`TRUNCATE orders; INSERT INTO orders
        SELECT 'u' || n, timestamptz '2024-03-01Z' + (n - 1) * interval '1 day', CASE WHEN n IN (2, 5, 6) THEN -n ELSE n END
        FROM generate_series(1, 6) AS n`)
    },
    'CREATE TABLE orders (user_id text, at timestamptz, amount int)',
  )

  const rejected = (limit?: number, group = 'spent') =>
    listRejected({ db: given.db, schema: trial.schema, tenant: trial.tenant }, { group, limit })
  async function replay(): Promise<ReplayResult & { ran: string[] }> {
    const work = replayRejected(trial.scope, { group: 'spent' })
    const ran: string[] = []
    for (;;) {
      const next = await work.next()
      if (next.done) return { ...next.value, ran }
      if (next.value.type === 'window') ran.push(next.value.end)
    }
  }

  test('they are listed with every reason, newest window first', async () => {
    await trial.built()
    expect(await rejected(2)).toEqual({
      tenant: 'default',
      total: 3,
      windows: 3,
      reasons: [{ group: 'spent', reason: 'spent: is below the minimum 0', rows: 3 }],
      rows: [
        {
          id: expect.any(Number),
          group: 'spent',
          version: 1,
          windowStart: '2024-03-06T00:00:00Z',
          windowEnd: '2024-03-07T00:00:00Z',
          reasons: ['spent: is below the minimum 0'],
          content: expect.objectContaining({ user_id: 'u6', spent: -6 }),
          createdAt: expect.any(String),
        },
        expect.objectContaining({ windowEnd: '2024-03-06T00:00:00Z' }),
      ],
    })
    expect(await rejected(5, 'other')).toMatchObject({ total: 0, rows: [] })
    const other = listRejected({ db: given.db, schema: trial.schema, tenant: 'acme' })
    expect(await other).toMatchObject({ total: 0 })
  })

  test('after a fix their windows run again, and no other', async () => {
    await trial.built()
    await trial.script('UPDATE orders SET amount = abs(amount) WHERE amount > -6')
    expect(await replay()).toMatchObject({
      status: 'done',
      before: 3,
      after: 1,
      ran: ['2024-03-03T00:00:00Z', '2024-03-06T00:00:00Z', '2024-03-07T00:00:00Z'],
      groups: [{ group: 'spent', status: 'built', windows: 3, written: 2, rejected: 1 }],
    })
    expect((await trial.current('spent')).map(({ user_id }) => user_id)).toEqual(['u1', 'u2', 'u3', 'u4', 'u5'])
    expect((await trial.plan()).steps).toEqual([])
  })

  test('windows that never ran are left to the build', async () => {
    await trial.built({ end: '2024-03-03' })
    await trial.materialize({ groups: ['spent'], start: '2024-03-05', end: '2024-03-06' })
    expect((await replay()).ran).toEqual(['2024-03-03T00:00:00Z', '2024-03-06T00:00:00Z'])
    expect(await trial.covered('spent')).toBe(
      '{["2024-03-01 00:00:00+00","2024-03-03 00:00:00+00"),["2024-03-05 00:00:00+00","2024-03-06 00:00:00+00")}',
    )
  })

  test('windows of another length run again at that length', async () => {
    await trial.materialize({ groups: ['spent'], start: '2024-03-05', end: '2024-03-06', every: 43_200 })
    await trial.script('UPDATE orders SET amount = 5 WHERE amount = -5')
    expect(await replay()).toMatchObject({ before: 1, after: 0, ran: ['2024-03-05T12:00:00Z'] })
  })

  test('what an earlier version rejected is no longer told', async () => {
    await trial.built()
    await trial.declare(spent(3)).built()
    expect(await rejected()).toMatchObject({ total: 4, rows: [{ version: 2 }, { version: 2 }, {}, {}] })
  })

  test('with nothing rejected, nothing runs', async () => {
    await trial.script('DELETE FROM orders WHERE amount < 0')
    await trial.built()
    expect(await replay()).toMatchObject({ before: 0, after: 0, status: 'done', ran: [], groups: [] })
  })
})
