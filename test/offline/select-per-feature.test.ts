/** Seed style: each feature has a SELECT of its own, and a window's rows are theirs put side by side. */

import { beforeAll, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { float64, int64, string } from '../../src/config/feature.js'
import { sql } from '../../src/config/sql.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

const day = { start: '2024-03-01', end: '2024-03-02' } as const

const single = batch('single', {
  entity: entity('user', { user_id: 'string' }),
  ...day,
  features: {
    a: int64({
      sql: sql`SELECT who AS entity_id, count(*) AS value FROM visits WHERE at >= :start_time AND at < :end_time
        GROUP BY who -- a comment at the end`,
    }),
    b: float64({
      max: 5,
      sql: sql`WITH x AS (SELECT * FROM visits WHERE at < :end_time) SELECT who AS user_id, max(n)::float8 AS value FROM x WHERE n > 1 GROUP BY who;`,
    }),
    c: string({ sql: sql`SELECT DISTINCT 'z' AS entity_id, :tenant_id AS value FROM visits` }),
  },
})

const pair = batch('pair', {
  entity: entity('pair', { who: 'string', place: 'int64' }),
  ...day,
  features: {
    visits: int64({ sql: sql`SELECT who, place, count(*) AS value FROM visits GROUP BY who, place` }),
    most: int64({
      sql: sql`SELECT place::int2, max(n)::int2 AS value, who FROM visits WHERE n > 2 GROUP BY who, place`,
    }),
  },
})

describeEachDatabase((given) => {
  let trial: Trial

  beforeAll(async () => {
    trial = new Trial({ db: given.db, tenant: "o'brien" })
    await trial.migrate()
    await trial.script(`
      CREATE TABLE visits (who text, place int, n int, at timestamptz DEFAULT '2024-03-01T05:00Z');
      INSERT INTO visits VALUES ('x', 1, 1), ('x', 2, 3), ('y', 1, 1), ('w', 1, 9), (NULL, 1, 2);
      GRANT SELECT ON visits TO fstore_app`)
  })

  test('an entity that some SELECT yields has a row; what no SELECT yields for it is null', async () => {
    expect((await trial.declare(single).built()).of('single')).toMatchObject({ processed: 5, written: 3, rejected: 2 })
    expect((await trial.current('single')).map(({ user_id, a, b, c }) => [user_id, a, b, c])).toEqual([
      ['x', 2, 3, null],
      ['y', 1, null, null],
      ['z', null, null, "o'brien"],
    ])
    expect((await trial.rejected('single')).map(({ content, reasons }) => [content.user_id, reasons]).sort()).toEqual([
      [null, ['user_id: key is null']],
      ['w', ['b: is above the maximum 5']],
    ])
  })

  test('keys of several columns match whatever their order and width', async () => {
    await trial.declare(pair).built()
    expect((await trial.current('pair')).map(({ who, place, visits, most }) => [who, place, visits, most])).toEqual([
      ['w', 1, 1, 9],
      ['x', 1, 1, null],
      ['x', 2, 1, 3],
      ['y', 1, 1, null],
    ])
  })

  test('a re-run compares the rows side by side', async () => {
    trial.declare(pair)
    await trial.built()
    const before = await trial.everything('pair')
    expect((await trial.built({ full: true })).of('pair')).toMatchObject({ written: 0, superseded: 0 })
    expect(await trial.everything('pair')).toEqual(before)
    await trial.script(`DELETE FROM visits WHERE who = 'y'; UPDATE visits SET n = 4 WHERE who = 'x' AND place = 1`)
    expect((await trial.built({ full: true })).of('pair')).toMatchObject({ written: 1, superseded: 2 })
    const gone = (await trial.latest('pair')).filter(({ superseded_at }) => superseded_at !== null)
    expect(gone.map(({ who }) => who)).toEqual(['y'])
  })

  test('one SELECT that yields an entity twice is named', async () => {
    const twice = batch('twice', {
      entity: entity('user', { user_id: 'string' }),
      ...day,
      features: {
        a: int64({ sql: sql`SELECT DISTINCT who AS entity_id, 1 AS value FROM visits WHERE who = 'x'` }),
        b: int64({ sql: sql`SELECT who AS entity_id, n AS value FROM visits WHERE who = 'x'` }),
      },
    })
    const { error } = (await trial.declare(twice).build()).of('twice')
    expect(error).toMatchObject({ code: 'TRANSFORM_DUPLICATE', why: 'There are several rows for (user_id) = (x).' })
  })

  test('an error in one of them shows that one’s place', async () => {
    const wrong = batch('wrong', {
      entity: entity('user', { user_id: 'string' }),
      ...day,
      features: {
        a: int64({ sql: sql`SELECT who AS entity_id, 1 AS value FROM visits` }),
        b: int64({ sql: sql`SELECT who AS entity_id,\n  1 + nn AS value FROM visits` }),
      },
    })
    const { error } = (await trial.declare(wrong).build()).of('wrong')
    expect(error).toMatchObject({ code: 'SQL_FAILED', where: { text: expect.stringContaining('nn AS value') } })
  })
})
