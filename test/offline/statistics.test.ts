/** What a store holds, after builds, a correction and a retraction, for two tenants. */
import { beforeAll, expect, test } from '@jest/globals'
import { batch, entity, int64, sql } from '../../src/index.js'
import { storeStatistics } from '../../src/offline/statistics.js'
import { Catalog } from '../../src/registry/catalog.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const leg = entity('leg', { origin: 'string', number: 'int64' })
const days = { every: '1d', start: '2026-02-27', end: '2026-03-02' } as const

/** A row a day and user that has an order on that day. */
const spent = batch('spent', {
  ...days,
  entity: user,
  features: { spent: int64() },
  sql: sql`SELECT user_id, sum(amount) AS spent FROM orders
    WHERE tenant = :tenant_id AND at >= :start_time AND at < :end_time GROUP BY user_id`,
})
const firstSpent = batch('spent', {
  ...days,
  entity: user,
  features: spent.features,
  sql: sql`SELECT 'x' AS user_id, 1 AS spent`,
})
const seen = batch('seen', {
  ...days,
  entity: user,
  partition: 'none',
  features: { a: int64(), b: int64() },
  sql: sql`SELECT DISTINCT user_id, 1 AS a, 2 AS b FROM orders WHERE tenant = :tenant_id AND at < :end_time`,
})
const legs = batch('legs', {
  ...days,
  entity: leg,
  features: { minutes: int64() },
  sql: sql`SELECT 'SFO' AS origin, n AS number, 1 AS minutes FROM generate_series(1, 2) AS n WHERE :start_time < now()`,
})
const unbuilt = batch('unbuilt', { ...days, entity: leg, features: { x: int64() }, sql: sql`SELECT 1` })

describeEachDatabase((given) => {
  let trial: Trial
  const statistics = ({ tenant, project }: Trial) =>
    storeStatistics({ db: given.db, project, tenant, catalog: new Catalog(given.db, 'fstore') })

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(firstSpent)
    await expect(statistics(trial)).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
    await trial.migrate()
    expect(await statistics(trial)).toEqual({ groups: [], entities: [] })
    await trial.script(`
      INSERT INTO fstore.tenants (tenant_id) VALUES ('other');
      CREATE TABLE orders (tenant text, user_id text, at timestamptz, amount int);
      INSERT INTO orders VALUES ('default', 'a', '2026-02-27T12:00Z', 1), ('default', 'a', '2026-03-01T12:00Z', 2),
        ('default', 'b', '2026-02-28T12:00Z', 3), ('other', 'c', '2026-02-28T12:00Z', 4);
      GRANT SELECT ON orders TO fstore_app`)
    await trial.built()
    await trial.declare(spent, seen, legs).built()
    await trial.as('other').built()
  })

  test('counts rows, current rows and entities of what is live', async () => {
    await trial.script(`UPDATE orders SET amount = 10 WHERE user_id = 'a' AND at < '2026-02-28';
      DELETE FROM orders WHERE user_id = 'b'`)
    await trial.materialize({ groups: ['spent'], start: '2026-02-27', end: '2026-03-02' })
    expect(await statistics(trial.declare(spent, seen, legs, unbuilt))).toEqual({
      groups: [
        {
          group: 'spent',
          entity: 'user',
          version: 2,
          features: 1,
          // Three orders, one corrected; of b nothing is left but its tombstone.
          totalRows: 4,
          currentRows: 2,
          entities: 1,
          oldest: new Date('2026-02-28'),
          oldestText: '2026-02-28T00:00:00Z',
          newest: new Date('2026-03-02'),
          newestText: '2026-03-02T00:00:00Z',
        },
        expect.objectContaining({ group: 'seen', features: 2, totalRows: 5, currentRows: 5, entities: 2 }),
        expect.objectContaining({ group: 'legs', entity: 'leg', totalRows: 6, currentRows: 6, entities: 2 }),
      ],
      entities: [
        { entity: 'user', groups: 2, features: 3, totalRows: 9, currentRows: 7, entities: 2 },
        { entity: 'leg', groups: 1, features: 1, totalRows: 6, currentRows: 6, entities: 2 },
      ],
    })
  })

  test("another tenant's are its own, and one without rows has zeros", async () => {
    const [ofOther] = (await statistics(trial.as('other'))).groups
    expect(ofOther).toMatchObject({ totalRows: 1, currentRows: 1, entities: 1, oldestText: '2026-03-01T00:00:00Z' })
    const [ofNobody] = (await statistics(trial.as('nobody'))).groups
    expect(ofNobody).toMatchObject({ totalRows: 0, currentRows: 0, entities: 0, oldest: null, newestText: null })
  })
})
