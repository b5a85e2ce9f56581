/** How a store stands, for a glance: in as many questions for many groups as for one. */
import { beforeAll, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import type { Database } from '../../src/db/database.js'
import { glanceAtRows } from '../../src/offline/row-glance.js'
import { storeOverview } from '../../src/plan/overview.js'
import { storeStatus } from '../../src/plan/status.js'
import { describeEachDatabase } from '../servers/databases.js'
import { sqlOf, Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const numbered = (i: number) =>
  batch(`g${i}`, {
    ...{ entity: user, every: '1d', start: '2024-03-01', end: '2024-03-02' },
    sql: sqlOf(`SELECT 'u' || n AS user_id, n AS value FROM generate_series(1, ${i + 1}) AS n`),
    features: { value: int64() },
  })

/** Counts what is asked of it. */
function counting(db: Database): { readonly db: Database; count: number } {
  const counted = {
    count: 0,
    db: {
      kind: db.kind,
      connections: db.connections,
      close: () => db.close(),
      query: (...asked: Parameters<Database['query']>) => {
        counted.count++
        return db.query(...asked)
      },
      transaction: (session: Parameters<Database['transaction']>[0], work: any) =>
        db.transaction(session, (tx) =>
          work({
            ...tx,
            query: (...asked: Parameters<typeof tx.query>) => {
              counted.count++
              return tx.query(...asked)
            },
          }),
        ),
    } as Database,
  }
  return counted
}

describeEachDatabase((given) => {
  beforeAll(() => new Trial({ db: given.db }).migrate())

  test('tells what status tells, whatever the number of groups', async () => {
    const trial = new Trial({ db: given.db })
    const look = async () => {
      const counter = counting(given.db)
      return { overview: await storeOverview({ ...trial.scope, db: counter.db }), asked: counter.count }
    }
    const few = [numbered(0), numbered(1)]
    await trial.declare(...few).built()
    const first = await look()
    await trial.declare(...few, ...[2, 3, 4, 5].map(numbered)).built()
    const second = await look()
    expect(second.asked).toBe(first.asked)
    const { groups } = await storeStatus(trial.scope)
    expect(
      second.overview.groups.map(({ estimated: _, ageSeconds: __, lastRun, ...group }) => [group, lastRun?.id]),
    ).toEqual(groups.map(({ rows: _, ageSeconds: __, lastRun, ...group }) => [group, lastRun?.id]))
    expect(second.overview.groups.map(({ entities }) => entities)).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('a large table is told from some of its pages', async () => {
    const trial = new Trial({ db: given.db, schema: 'large' })
    await trial.declare(numbered(9_999)).built()
    const { name } = (await trial.compiled('g9999')).table
    const scope = { db: given.db, schema: 'large_online', tenant: trial.tenant }
    const glance = async (bytes?: number) => (await glanceAtRows(scope, [name, 'gone'], bytes)).get(name)
    const newest = '2024-03-02T00:00:00Z'
    expect(await glance()).toEqual({ entities: 10_000, newest, estimated: false })
    const guess = await glance(1)
    expect(guess).toMatchObject({ newest, estimated: true })
    expect(Math.abs((guess?.entities ?? 0) - 10_000)).toBeLessThan(10_000)
  })
})
