/** Row-level security is what parts tenants: on every table, for whoever connects, and whatever a tenant is called. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { functionsOf } from '../../src/config/functions.js'
import { parseConfig } from '../../src/config/parse.js'
import type { Database, Row, Transaction } from '../../src/db/database.js'
import { openPostgres } from '../../src/db/postgres.js'
import { batch, defineConfig, entity, increment, int64, payload, sql, stream } from '../../src/index.js'
import { Catalog } from '../../src/registry/catalog.js'
import { AnyStore } from '../../src/store.js'
import { createDatabase, describeEachDatabase, type OwnDatabase } from '../servers/databases.js'

/** What all tenants share. Nothing in them is of one tenant, but in those that the app's role cannot read. */
const hidden = ['migrations', 'scheduled_runs', 'tenants']
const shared = ['feature_versions', 'features', 'groups', 'store', 'versions', ...hidden]
const schemas = "('fstore', 'fstore_offline', 'fstore_online')"
const tenants = ['default', 'acme'] as const

/** Tables that hold rows of tenants; partitions are reached through them alone. */
const tenantTables = `SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
  WHERE c.relnamespace::regnamespace::text IN ${schemas} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.attname = 'tenant_id' AND c.relname <> 'tenants' ORDER BY 1`

/** What is wrong with the catalogue: nothing, unless someone adds a table and forgets. */
const weaknesses = `
  SELECT c.oid::regclass::text AS name, concat_ws(', ',
    CASE WHEN c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1) AND NOT EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id' AND attnotnull) THEN 'no tenant' END,
    CASE WHEN c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity) THEN 'not forced' END,
    CASE WHEN c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1) AND (
      SELECT array_agg(pg_get_expr(polqual, polrelid) ORDER BY polname) FROM pg_policy
      WHERE polrelid = c.oid AND polcmd = '*' AND polroles = '{0}' AND polwithcheck IS NULL) IS DISTINCT FROM
      ARRAY[$2] THEN 'not one policy by tenant' END,
    CASE WHEN c.relispartition AND c.relacl::text ~ '(fstore_app|[{,])=' THEN 'granted' END,
    CASE WHEN c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
      THEN 'not of its invoker' END,
    CASE WHEN c.relkind NOT IN ('r', 'p', 'v', 'i', 'I', 'S') THEN 'of a kind that has no policies' END) AS what
  FROM pg_class AS c WHERE c.relnamespace::regnamespace::text IN ${schemas}
  UNION ALL SELECT oid::regprocedure::text, 'a function that runs as its owner' FROM pg_proc
  WHERE pronamespace::regnamespace::text IN ${schemas} AND prosecdef`
const byTenant =
  "(tenant_id = ( SELECT NULLIF(current_setting('fstore.tenant_id'::text, true), ''::text) AS \"nullif\"))"

async function findWeaknesses(read: (sql: string, parameters: unknown[]) => Promise<{ rows: Row[] }>): Promise<Row[]> {
  return (await read(weaknesses, [shared, byTenant])).rows.filter(({ what }) => what !== '')
}

/** For each table the tenants that a tenant sees rows of. */
async function seen(db: Database, tenant?: string): Promise<Record<string, string[]>> {
  const { rows: tables } = await db.query({ role: 'owner' }, tenantTables)
  const session = { role: 'app', ...(tenant !== undefined && { tenant }) } as const
  const result: Record<string, string[]> = {}
  for (const { name } of tables) {
    const { rows } = await db.query(session, `SELECT DISTINCT tenant_id FROM ${name} ORDER BY 1`)
    result[name] = rows.map(({ tenant_id }) => tenant_id)
  }
  return result
}

/** Two tenants with rows in every table. */
async function fill(db: Database): Promise<void> {
  const user = entity('user', { user_id: 'string' })
  const spent = batch('spent', {
    entity: user,
    ...{ start: '2024-02-28', end: '2024-03-02' },
    sql: sql`SELECT user_id, n FROM (VALUES ('u', 1), ('refused', 99)) AS s (user_id, n)`,
    features: { n: int64({ max: 9 }) },
  })
  const acts = stream('acts', {
    ...{ entity: user, version: 1, features: { times: int64() }, events: { acted: payload({}) } },
    on: { acted: { key: () => 'u', set: { times: increment() } } },
  })
  const config = defineConfig({ project: 'policies', groups: [spent, acts] })
  const project = parseConfig(config)
  const options = { project, root: '/nowhere', functions: async () => functionsOf(config) }
  const shared = { db, catalog: new Catalog(db, project.schema), builder: () => db }
  for (const tenant of tenants) {
    const store = new AnyStore({ ...options, profile: { name: 'default', tenant } }, shared)
    expect(await store.build()).toMatchObject({ status: 'done' })
    const event = { id: 'e', type: 'acted', timestamp: '2024-02-29', payload: {} }
    expect(await store.ingest([event])).toMatchObject({ applied: 1 })
    await store.close()
  }
}

const odd = [
  ...['', ' ', "'", '"', '""', "''", '*', '%', '_', '?', '$1', '\\', 'NULL', 'null', 'true', 'public', 'fstore_app'],
  ...['Default', 'DEFAULT', ' default', 'default ', 'default\t', 'default\n', "default'--", "default' OR true --"],
  ...['{default}', '{default,acme}', '(default)', 'default,acme', 'default;acme', "x' OR tenant_id = 'default"],
  // Letters that look like those of it, and one that is written in two ways.
  ...['dеfault', 'ｄｅｆａｕｌｔ', 'default\u200b', '\u202edefault', 'de\u0301fault', '\ufeffdefault'],
  'default'.repeat(5_000),
]

describeEachDatabase((given) => {
  beforeAll(() => fill(given.db))

  test('every table of tenants has its policy, forced; nothing leads around it', async () => {
    const all = await findWeaknesses((sql, parameters) => given.db.query({ role: 'owner' }, sql, parameters))
    expect(all).toEqual([])
    const { rows } = await given.db.query({ role: 'owner' }, tenantTables)
    expect(rows.length).toBeGreaterThanOrEqual(9)
    for (const role of ['PUBLIC', 'fstore_app']) {
      const grants = await given.db.query(
        { role: 'owner' },
        `SELECT FROM information_schema.role_table_grants WHERE grantee = $1 AND table_schema = 'fstore'
         AND table_name = ANY ($2)`,
        [role, hidden],
      )
      expect(grants.count).toBe(0)
    }
  })

  test('each tenant sees itself, in every table', async () => {
    for (const tenant of tenants)
      for (const [name, whose] of Object.entries(await seen(given.db, tenant)))
        expect([name, whose]).toEqual([name, [tenant]])
  })

  test('without a tenant, or with one that is only like another, nothing is seen', async () => {
    for (const tenant of [undefined, ...odd])
      for (const [name, whose] of Object.entries(await seen(given.db, tenant)))
        expect([tenant, name, whose]).toEqual([tenant, name, []])
    await expect(seen(given.db, 'default\0')).rejects.toThrow()
  })

  test.each([
    ['dropped', (name: string, policy: string) => `DROP POLICY "${policy}" ON ${name}`, []],
    ['switched off', (name: string) => `ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`, ['acme', 'default']],
    [
      'joined by one that is always true',
      (name: string) => `CREATE POLICY more ON ${name} USING (true)`,
      ['acme', 'default'],
    ],
    ['not forced', (name: string) => `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`, ['acme']],
  ] as const)('a policy that is %s is noticed, whichever it is', async (_, spoil, whose) => {
    const { rows: policies } = await given.db.query(
      { role: 'owner' },
      `SELECT polrelid::regclass::text AS name, polname AS policy FROM pg_policy AS p JOIN pg_class AS c ON c.oid = polrelid
       WHERE c.relnamespace::regnamespace::text IN ${schemas}`,
    )
    expect(policies.length).toBeGreaterThanOrEqual(9)
    for (const { name, policy } of policies)
      await undone(given.db, async (tx) => {
        await tx.script(spoil(name, policy))
        const found = await findWeaknesses((sql, parameters) => tx.query(sql, parameters))
        expect(found.map((weakness) => weakness.name)).toEqual([name])
        await tx.script("SET LOCAL ROLE fstore_app; SET LOCAL fstore.tenant_id = 'acme'")
        const { rows } = await tx.query(`SELECT DISTINCT tenant_id FROM ${name} ORDER BY 1`)
        expect([name, rows.map(({ tenant_id }) => tenant_id)]).toEqual([name, whose])
      })
  })

  test('a table that is added without a policy is noticed', async () => {
    await undone(given.db, async (tx) => {
      await tx.script(
        'CREATE TABLE fstore_online.forgotten (tenant_id text NOT NULL); CREATE TABLE fstore.unowned (a int)',
      )
      const found = await findWeaknesses((sql, parameters) => tx.query(sql, parameters))
      expect(found.map(({ name }) => name).sort()).toEqual(['fstore.unowned', 'fstore_online.forgotten'])
    })
  })

  test('no row can be written for another tenant, nor taken from it', async () => {
    const { rows: tables } = await given.db.query({ role: 'owner' }, tenantTables)
    for (const { name } of tables) {
      const as = (sql: string) => given.db.query({ role: 'app', tenant: 'acme' }, sql)
      await expect(as(`UPDATE ${name} SET tenant_id = 'default'`)).rejects.toMatchObject({ code: '42501' })
      expect((await as(`UPDATE ${name} SET tenant_id = tenant_id WHERE tenant_id = 'default'`)).count).toBe(0)
      expect((await as(`DELETE FROM ${name} WHERE tenant_id = 'default'`)).count).toBe(0)
      await expect(as(`TRUNCATE ${name}`)).rejects.toMatchObject({ code: '42501' })
    }
  })
})

/** A transaction that is rolled back, whatever it did. */
async function undone(db: Database, work: (tx: Transaction) => Promise<void>): Promise<void> {
  const undo = new Error('undo')
  const done = db.transaction({ role: 'owner' }, async (tx) => {
    await work(tx)
    throw undo
  })
  await done.catch((error: unknown) => {
    if (error !== undo) throw error
  })
}

describe('connections that tenants share', () => {
  let own: OwnDatabase
  let pool: pg.Pool

  beforeAll(async () => {
    own = await createDatabase()
    const db = openPostgres({ url: own.ownerUrl })
    pool = new pg.Pool({ connectionString: own.ownerUrl, max: 2 })
    await fill(db)
    await db.close()
  })
  afterAll(async () => {
    await pool?.end()
    await own?.drop()
  })

  test.each([
    ['one of our own', async () => openPostgres({ url: own.ownerUrl, max: 1 })],
    ['a pool of the caller’s', async () => openPostgres({ pool })],
    ['PgBouncer', async () => openPostgres({ url: await own.pgbouncerUrl() })],
  ] as const)('%s: what one tenant set, the next does not have', async (_, connect) => {
    const db = await connect()
    const whose = async (tenant: string | undefined) => {
      const session = { role: 'app', ...(tenant !== undefined && { tenant }) } as const
      const { rows } = await db.query(session, 'SELECT DISTINCT tenant_id FROM fstore.coverage')
      return rows.map(({ tenant_id }) => tenant_id)
    }
    const asked = Array.from({ length: 40 }, (_, i) => [...tenants, undefined, 'Default'][i % 4])
    const expected = asked.map((tenant) => (tenant === 'acme' || tenant === 'default' ? [tenant] : []))
    expect(await Promise.all(asked.map(whose))).toEqual(expected)
    // A transaction that fails leaves nothing behind, either.
    await expect(db.query({ role: 'app', tenant: 'acme' }, 'SELECT 1/0')).rejects.toThrow()
    expect(await whose(undefined)).toEqual([])
    await db.close()
  })

  test('a connection on which no tenant was ever set reads nothing as the app', async () => {
    const client = new pg.Client({ connectionString: own.ownerUrl })
    await client.connect()
    try {
      for (const sql of ['SET ROLE fstore_app', "SET fstore.tenant_id = 'acme'", 'RESET fstore.tenant_id']) {
        await client.query(sql)
        const { rows } = await client.query('SELECT count(DISTINCT tenant_id)::int AS n FROM fstore.coverage')
        expect([sql, rows]).toEqual([sql, [{ n: sql.includes('acme') ? 1 : 0 }]])
      }
      await client.query('RESET ROLE')
      // The owner's tables hold for the owner, too.
      expect((await client.query('SELECT FROM fstore.coverage')).rowCount).toBe(0)
    } finally {
      await client.end()
    }
  })
})
