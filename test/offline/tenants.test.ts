/** What one tenant builds, another neither sees nor touches, whoever connects. */

import { beforeAll, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { sql } from '../../src/config/sql.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const days = { entity: user, start: '2024-03-01', end: '2024-03-04' } as const

const spent = batch('spent', {
  ...days,
  sql: sql`SELECT user_id, sum(amount) AS spent FROM orders
    WHERE tenant = :tenant_id AND at >= :start_time AND at < :end_time GROUP BY user_id`,
  features: { spent: int64({ min: 0 }) },
})
const doubled = batch('doubled', {
  ...days,
  sql: sql`SELECT user_id, 2 * max(spent) AS doubled FROM fstore_offline.spent GROUP BY user_id`,
  features: { doubled: int64() },
})

const tables = ['history', 'latest', 'rejected'] as const

describeEachDatabase(
  (given) => {
    let acme: Trial
    let other: Trial

    beforeAll(async () => {
      acme = new Trial({ db: given.db, tenant: 'acme' }).declare(spent, doubled)
      other = acme.as('other, "tenant"')
      await acme.migrate()
      await acme.script(`
        INSERT INTO fstore.tenants (tenant_id) VALUES ('acme'), ('other, "tenant"');
        CREATE TABLE orders (tenant text, user_id text, at timestamptz, amount int);
        INSERT INTO orders VALUES ('acme', 'u', '2024-03-01T12:00Z', 1), ('acme', 'u', '2024-03-03T12:00Z', -1),
          ('other, "tenant"', 'u', '2024-03-01T12:00Z', 10), ('other, "tenant"', 'v', '2024-03-03T12:00Z', -1);
        GRANT SELECT ON orders TO fstore_app`)
    })

    const seen = (trial: Trial) => Promise.all(['spent', 'doubled'].map((group) => trial.everything(group)))

    test('each builds its own, and what the first has covered is still due for the second', async () => {
      expect((await acme.built()).of('spent')).toMatchObject({ windows: 3, written: 1, rejected: 1 })
      const before = await seen(acme)
      expect((await acme.plan()).steps).toEqual([])
      expect((await other.plan()).steps).toMatchObject([
        { kind: 'materialize', group: 'spent', windows: 3, tenant: 'other, "tenant"' },
        { kind: 'materialize', group: 'doubled', windows: 3 },
      ])
      expect((await other.built()).of('spent')).toMatchObject({ windows: 3, written: 1, rejected: 1 })
      expect(await seen(acme)).toEqual(before)
      expect((await other.latest('doubled')).map(({ doubled }) => doubled)).toEqual([20])
      for (const trial of [acme, other]) expect((await trial.plan()).steps).toEqual([])
    })

    test('each sees rows of its own only, in every table', async () => {
      for (const trial of [acme, other]) {
        for (const what of tables)
          for (const row of await trial[what]('spent')) expect(row.tenant_id).toBe(trial.tenant)
        const registry = ['coverage', 'jobs', 'rejected_rows'].map((table) => `SELECT tenant_id FROM fstore.${table}`)
        const views = ['fstore_offline.spent', 'fstore_online.doubled'].map((view) => `SELECT tenant_id FROM ${view}`)
        const rows = await trial.rows([...registry, ...views].join(' UNION ALL '))
        expect(new Set(rows.map(({ tenant_id }) => tenant_id))).toEqual(new Set([trial.tenant]))
      }
    })

    test('a re-run of one supersedes nothing of the other, and makes only its own dependents due', async () => {
      const before = await seen(other)
      await acme.script(`UPDATE orders SET amount = amount + 1 WHERE at < '2024-03-02'`)
      expect(
        (await acme.materialize({ groups: ['spent'], start: '2024-03-01', end: '2024-03-02' })).of('spent'),
      ).toEqual(expect.objectContaining({ written: 1, superseded: 1 }))
      expect((await acme.plan()).steps).toMatchObject([{ group: 'doubled', tenant: 'acme' }])
      expect((await other.plan()).steps).toEqual([])
      await acme.built()
      expect((await acme.latest('doubled')).map(({ doubled }) => doubled)).toEqual([4])
      expect(await seen(other)).toEqual(before)
    })

    test('without a tenant, or with an empty one, nothing is read', async () => {
      const { table } = await acme.compiled('spent')
      for (const session of [{ role: 'app' }, { role: 'app', tenant: '' }] as const) {
        for (const from of [table.history, table.latest, 'fstore.coverage', 'fstore.jobs', 'fstore.rejected_rows'])
          expect((await given.db.query(session, `SELECT count(*) AS n FROM ${from}`)).rows).toEqual([{ n: 0 }])
      }
    })

    test('a row of another tenant can be neither written nor reached through a partition', async () => {
      const { table } = await acme.compiled('spent')
      const columns = 'tenant_id, user_id, event_timestamp, created_at, written_at'
      const insert = `INSERT INTO ${table.latest} (${columns}) VALUES ('default', 'u', now(), now(), now())`
      await expect(acme.rows(insert)).rejects.toMatchObject({
        code: '42501',
        message: expect.stringContaining('row-level security'),
      })
      await expect(acme.rows(`UPDATE ${table.latest} SET tenant_id = 'default'`)).rejects.toMatchObject({
        code: '42501',
        message: expect.stringContaining('row-level security'),
      })
      const partitions = await acme.rows(
        'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass',
        [table.history],
      )
      expect(partitions.length).toBeGreaterThan(0)
      for (const { name } of partitions)
        for (const statement of [`SELECT FROM ${name}`, `DELETE FROM ${name}`, `TRUNCATE ${name}`])
          await expect(acme.rows(statement)).rejects.toMatchObject({ code: '42501' })
    })
  },
  ['pglite', 'postgres', 'postgres as superuser'],
)
