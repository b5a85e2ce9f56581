/** Fixtures recorded from a store, and run: what was recorded passes, and a changed SQL fails. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseConfig } from '../../src/config/parse.js'
import type { Project } from '../../src/config/project.js'
import { batch, defineConfig, entity, float64, int64, rolling, sql, timestamp } from '../../src/index.js'
import { Catalog } from '../../src/registry/catalog.js'
import { AnyStore } from '../../src/store.js'
import { readFixture } from '../../src/testing/fixture.js'
import { recordFixture } from '../../src/testing/record.js'
import { runFixture } from '../../src/testing/run-fixture.js'
import { describeEachDatabase } from '../servers/databases.js'

const shop = entity('shop', { shop: 'string' })
const days = { every: '1d', start: '2024-03-01', end: '2024-03-05' } as const

/** A share looks at all shops; what is rolled up at one; the third reads the first. */
const config = (share: ReturnType<typeof sql>) =>
  defineConfig({
    project: 'fixtures',
    groups: [
      batch('shares', { entity: shop, ...days, sql: share, features: { share: float64(), newest: timestamp() } }),
      rolling('sales', {
        entity: shop,
        ...days,
        source: 'app.orders',
        timestamp: 'sold_at',
        keys: { shop: 'Shop Name' },
        measures: { amount: { expr: 'amount', functions: ['sum'] } },
        windows: ['2d'],
      }),
      batch('ranked', {
        entity: shop,
        ...days,
        sql: sql`SELECT shop, rank() OVER (ORDER BY share DESC) AS place FROM fstore_offline.shares
                 WHERE event_timestamp = :end_time`,
        features: { place: int64({ min: 1 }) },
      }),
    ],
  })

const right = sql`SELECT "Shop Name" AS shop, (sum(amount) / sum(sum(amount)) OVER ())::float8 AS share,
  max(sold_at) AS newest FROM app.orders WHERE sold_at < :end_time GROUP BY 1`
const wrong = sql`SELECT "Shop Name" AS shop, (count(*) / sum(count(*)) OVER ())::float8 AS share,
  max(sold_at) AS newest FROM app.orders WHERE sold_at < :end_time GROUP BY 1`

describeEachDatabase(
  (given) => {
    const project = parseConfig(config(right))
    const scope = (of: Project = project) => ({ project: of, root: '/nowhere', files: [] })
    let store: AnyStore
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fstore-fixtures-'))
      await given.db.transaction({ role: 'owner' }, (tx) =>
        tx.script(`CREATE SCHEMA app;
        CREATE TABLE app.orders ("Shop Name" varchar(9), amount numeric(9,2), sold_at timestamptz, note text);
        INSERT INTO app.orders SELECT 'shop ' || n % 3, n * 1.25, '2024-03-01 01:00Z'::timestamptz + n * interval '3 hours'
          FROM generate_series(1, 30) AS n`),
      )
      const options = { ...scope(), profile: { name: 'default', tenant: 'default' } }
      const { db } = given
      store = new AnyStore(options, { db, catalog: new Catalog(db, project.schema), builder: () => db })
      await store.migrate()
      await given.db.transaction({ role: 'owner' }, (tx) =>
        tx.script('GRANT USAGE ON SCHEMA app TO fstore_app; GRANT SELECT ON app.orders TO fstore_app'),
      )
      expect(await store.build()).toMatchObject({ status: 'done' })
    })
    afterAll(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })

    const record = (group: string, at = '2024-03-04') =>
      recordFixture({ ...scope(), store }, { group, key: { shop: 'shop 1' }, at })

    test('only the rows of the entity where they suffice, and only the columns that are read', async () => {
      const fixture = await record('sales')
      expect(Object.keys(fixture.tables)).toEqual(['app.orders'])
      const { columns, rows } = fixture.tables['app.orders'] as (typeof fixture.tables)[string]
      expect(columns).toEqual({
        'Shop Name': 'character varying(9)',
        amount: 'numeric(9,2)',
        sold_at: 'timestamp with time zone',
      })
      expect(rows.every((row) => row['Shop Name'] === 'shop 1')).toBe(true)
      expect(rows).toHaveLength(8)
      expect(fixture.expect).toEqual([{ shop: 'shop 1', amount__sum__2d: expect.any(Number) }])
    })

    test('the rows of the others where a value depends on them', async () => {
      expect((await record('shares')).tables['app.orders']?.rows).toHaveLength(23)
      const fixture = await record('ranked')
      expect(fixture.expect).toEqual([{ shop: 'shop 1', place: expect.any(Number) }])
    })

    test('what was recorded passes from its file, and fails once the SQL says something else', async () => {
      const file = join(folder, 'shares.json')
      await writeFile(file, JSON.stringify(await record('shares')))
      const fixture = await readFixture(file, project)
      expect(await runFixture(scope(), fixture, file)).toMatchObject({ compared: 2, differences: [] })
      const { differences } = await runFixture(scope(parseConfig(config(wrong))), fixture, file)
      expect(differences).toMatchObject([{ key: 'shop=shop 1', feature: 'share', found: expect.any(Number) }])
    })

    test('the store is as it was', async () => {
      await store.sourceRows({ group: 'ranked', at: '2024-03-04' })
      const { rows } = await given.db.query(
        { role: 'owner' },
        `SELECT 1 FROM pg_views WHERE viewname = 'fstore_sources'`,
      )
      expect(rows).toEqual([])
      await expect(record('sales', '2020-01-01')).rejects.toMatchObject({ code: 'FIXTURE_INVALID' })
    })
  },
  ['postgres'],
)
