/** init over tables of other people's making: whatever their shape, the project it writes validates, builds and counts right. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { grantReading } from '../../../src/cli/init/grant.js'
import { ownProject } from '../../../src/cli/init/own-project.js'
import { placeFiles, planFiles } from '../../../src/cli/init/project-files.js'
import { type Choices, eligibleTables, findTable, propose } from '../../../src/cli/init/proposal.js'
import { readSourceTables } from '../../../src/cli/init/source-table.js'
import { lookAround } from '../../../src/cli/init/surroundings.js'
import { loadProject } from '../../../src/config/load.js'
import { identifier, literal } from '../../../src/db/sql.js'
import { AnyStore } from '../../../src/store.js'
import { recordFixture } from '../../../src/testing/record.js'
import { describeEachDatabase } from '../../servers/databases.js'

interface Shape {
  readonly name: string
  readonly schema?: string
  /** Columns, and how row `n` of 300 fills them. */
  readonly columns: Readonly<Record<string, readonly [type: string, value: string]>>
  readonly before?: string
  readonly choices?: Choices & { readonly entity?: string }
  readonly project?: string
  /** A test is recorded of it, too. */
  readonly records?: boolean
  /** What is proposed. */
  readonly key: readonly string[]
  readonly time: string
  readonly tenant?: string
  readonly entity: string
  readonly group: string
  readonly warns?: string
}

const hour = (n: string) => `now() - (${n}) * interval '3 hours'`
const uuid = (n: string) => `lpad((${n})::text, 32, '0')::uuid`

const shapes: Readonly<Record<string, Shape>> = {
  "Prisma's: mixed case, an enum, a clock without a zone": {
    name: 'Order',
    records: true,
    before: `CREATE TYPE "Status" AS ENUM ('open', 'paid'); CREATE TABLE "User" (id text PRIMARY KEY, "createdAt" timestamp(3));
      INSERT INTO "User" SELECT 'u' || n, now() FROM generate_series(0, 9) AS n`,
    columns: {
      id: ['serial PRIMARY KEY', 'n'],
      userId: ['text NOT NULL REFERENCES "User" (id)', `'u' || n % 10`],
      total: ['decimal(10, 2) NOT NULL', 'n % 7'],
      status: ['"Status" NOT NULL', `(ARRAY['open', 'paid'])[1 + n % 2]::"Status"`],
      createdAt: ['timestamp(3) NOT NULL', `${hour('n')}`],
      updatedAt: ['timestamp(3) NOT NULL', 'now()'],
    },
    ...{ key: ['userId'], time: 'createdAt', entity: 'user', group: 'user_orders', warns: 'no time zone' },
  },
  "Drizzle's: snake case, identity, in a schema of its own": {
    schema: 'app',
    name: 'page_views',
    columns: {
      id: ['bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY', ''],
      visitor_id: ['uuid NOT NULL', uuid('n % 10')],
      duration_ms: ['integer', 'n'],
      is_bot: ['boolean', 'n % 3 = 0'],
      viewed_at: ['timestamptz NOT NULL', hour('n')],
    },
    ...{ key: ['visitor_id'], time: 'viewed_at', entity: 'visitor', group: 'visitor_page_views' },
  },
  'tenants told apart by a uuid': {
    name: 'invoices',
    columns: {
      org_id: ['uuid NOT NULL', uuid('n % 2')],
      customer_id: ['bigint NOT NULL', 'n % 10'],
      amount: ['float8', 'n'],
      issued_at: ['timestamptz NOT NULL', hour('n')],
    },
    ...{ key: ['customer_id'], time: 'issued_at', tenant: 'org_id', entity: 'customer', group: 'customer_invoices' },
  },
  'names that would do harm': {
    name: `we"ird 'na;me\n-- :end_time`,
    columns: {
      'the "user" :start_time key': ['character varying(20)', `'k' || n % 10`],
      "a'mount\n*/": ['real', 'n'],
      'at"': ['timestamptz', hour('n')],
    },
    choices: { key: [`the "user" :start_time key`] },
    ...{ key: [`the "user" :start_time key`], time: `at"`, entity: 'the_user_start_time_key' },
    ...{ group: 'the_user_start_time_key_we_ird_na_me', warns: 'may be null' },
  },
  'names that are words of SQL and of TypeScript': {
    name: 'select',
    columns: {
      user: ['text NOT NULL', `'k' || n % 10`],
      class: ['text', `'c' || n % 3`],
      order: ['integer', 'n'],
      in_7_days: ['smallint', 'n % 5'],
      timestamp: ['timestamptz NOT NULL', hour('n')],
    },
    ...{ key: ['user'], time: 'timestamp', entity: 'user', group: 'user_select' },
    choices: { values: ['order', 'class', 'in_7_days'] },
  },
  'a table of people, of whom each has one row': {
    name: 'accounts',
    project: 'Café 2',
    columns: { id: ['uuid PRIMARY KEY', uuid('n')], plan: ['text', `'free'`], created_at: ['timestamptz', hour('n')] },
    ...{ key: ['id'], time: 'created_at', entity: 'account', group: 'accounts' },
  },
  'days, two keys, domains': {
    name: 'stock',
    before: `CREATE DOMAIN sku AS text CHECK (value <> ''); CREATE DOMAIN amount AS numeric(8, 3)`,
    columns: {
      sku: ['sku NOT NULL', `'s' || n % 5`],
      warehouse_id: ['char(4) NOT NULL', `'w' || n % 2`],
      pieces: ['amount', 'n'],
      counted_on: ['date NOT NULL', `(${hour('n')})::date`],
    },
    choices: { key: ['sku', 'warehouse_id'], entity: 'shelf' },
    ...{ key: ['sku', 'warehouse_id'], time: 'counted_on', entity: 'shelf', group: 'shelf_stock', warns: 'is a date' },
  },
  'a history that ended, and a row of a year that nobody meant': {
    name: 'trips',
    columns: {
      rider_id: ['integer NOT NULL', 'n % 10'],
      fare: ['money', 'n::text::money'],
      ended_at: ['timestamptz', `CASE n WHEN 1 THEN 'infinity' WHEN 2 THEN '0001-01-01' ELSE ${hour('n + 1000')} END`],
    },
    ...{ key: ['rider_id'], time: 'ended_at', entity: 'rider', group: 'rider_trips', warns: 'set after the row' },
  },
  'no row at all': {
    name: 'nothing',
    columns: { user_id: ['bigint NOT NULL', ''], at: ['timestamptz NOT NULL', ''] },
    ...{ key: ['user_id'], time: 'at', entity: 'user', group: 'user_nothing', warns: 'has no rows' },
  },
}

describeEachDatabase(
  (given) => {
    const owner = { role: 'owner' } as const
    const run = (sql: string) => given.db.transaction(owner, (tx) => tx.script(sql))
    /** All that Prisma or Drizzle compares with a schema of the application's. */
    const application = async () => {
      const { rows } = await given.db.query(
        owner,
        `SELECT 'class' AS kind, relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
         UNION ALL SELECT 'type', typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
         UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT 'extension', extname FROM pg_extension ORDER BY 1, 2`,
      )
      return rows
    }

    async function make({ name, schema = 'public', columns, before = '' }: Shape): Promise<string> {
      const table = identifier(schema, name)
      const filled = Object.entries(columns).filter(([, [, value]]) => value !== '')
      const declared = Object.entries(columns).map(([column, [type]]) => `${identifier(column)} ${type}`)
      await run(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}; ${before}`)
      await run(`CREATE TABLE ${table} (${declared.join(', ')})`)
      if (filled.length > 0)
        await run(`INSERT INTO ${table} (${filled.map(([column]) => identifier(column)).join(', ')})
          SELECT ${filled.map(([, [, value]]) => value).join(', ')} FROM generate_series(1, 300) AS n; ANALYZE ${table}`)
      return table
    }

    test.each(Object.keys(shapes))('%s', async (label) => {
      const shape = shapes[label] as Shape
      const directory = await mkdtemp(join(tmpdir(), 'fstore-init-'))
      const table = await make(shape)
      const made = await application()
      await writeFile(join(directory, 'package.json'), JSON.stringify({ name: `@acme/${shape.project ?? 'shop'}` }))
      try {
        const env = { DATABASE_URL: given.url }
        const found = findTable(await readSourceTables(given.db), shape.name)
        const proposal = propose(found, shape.choices ?? {})
        expect([proposal.key.map(({ name }) => name), proposal.time.name]).toEqual([shape.key, shape.time])
        expect(proposal.tenant?.name).toBe(shape.tenant)
        const own = await ownProject(given.db, await lookAround(directory, env), proposal, {
          entity: shape.choices?.entity,
        })
        expect([own.group.entity, own.group.name]).toEqual([shape.entity, shape.group])
        const config = own.files.find(({ name }) => name === 'featurestore.config.ts')?.content
        expect(String(config).includes('--tenant NAME')).toBe(shape.tenant !== undefined)
        expect(own.warnings.map(({ message }) => message).join('\n')).toContain(shape.warns ?? '')
        await placeFiles(await planFiles(directory, own.files))
        expect(await grantReading(given.db, found, own.schema)).toEqual([])

        const tenant = own.span.tenant ?? 'default'
        const loaded = await loadProject({ cwd: directory })
        const profile = { name: 'default', database: given.url, tenant }
        const store = new AnyStore({ ...loaded, profile, cache: { max: 0 } })
        try {
          expect(await store.validate()).toMatchObject({ groups: 1, findings: [] })
          if (shape.tenant !== undefined) await store.addTenant({ tenant })
          expect(await store.build({})).toMatchObject({ status: 'done' })
          if (own.span.key === undefined) return
          const names = Object.keys(own.group.keys)
          const key = Object.fromEntries(names.map((name, i) => [name, own.span.key?.[i]]))
          const counts = own.group.features.flatMap((line) => /^(\w+_28d): int64/.exec(line)?.[1] ?? [])
          const read = await store.getFeatures({ entity: own.group.entity, key, features: counts })
          const [value] = Object.values(read.features)
          expect(value).toMatchObject({ status: 'PRESENT' })
          if (shape.records) {
            const scope = { ...loaded, store }
            const fixture = await recordFixture(scope, { group: own.group.name, key })
            expect(fixture.tables.Order?.columns.status).toBe('text')
          }
          expect(value?.value).toBe(await counted(shape, table, own.span.key, tenant, value?.eventTimestamp as Date))
        } finally {
          await store.close()
        }
        expect(await application()).toEqual(made)
      } finally {
        await rm(directory, { recursive: true, force: true })
        await run(`DROP TABLE ${table}`)
      }
    })

    /** The same by hand, as of the same instant. */
    async function counted(shape: Shape, table: string, key: readonly string[], tenant: string, at: Date) {
      const of = shape.key.map((name, i) => `${identifier(name)}::text = ${literal(key[i] as string)}`)
      if (shape.tenant !== undefined) of.push(`${identifier(shape.tenant)}::text = ${literal(tenant)}`)
      const [time, end] = [`${identifier(shape.time)}::timestamptz`, literal(at.toISOString())]
      const { rows } = await given.db.query<{ n: number }>(
        owner,
        `SELECT count(*)::int AS n FROM ${table}
         WHERE ${of.join(' AND ')} AND ${time} >= ${end}::timestamptz - interval '28 days' AND ${time} < ${end}`,
      )
      return rows[0]?.n
    }

    test('tables are offered with the likeliest first, and none of fstore, of an ORM, or without a time', async () => {
      await run(`CREATE TABLE orders (user_id bigint, at timestamptz); CREATE TABLE settings (name text, value text);
        CREATE TABLE _prisma_migrations (id text, started_at timestamptz); CREATE TABLE logs (line text, at timestamptz)`)
      const tables = await readSourceTables(given.db)
      expect(tables.map(({ name }) => name)).not.toContain('_prisma_migrations')
      expect(tables.filter(({ schema }) => schema.startsWith('fstore'))).toEqual([])
      expect(eligibleTables(tables).map(({ name }) => name)).toEqual(['orders', 'User'])
      expect(() => findTable(tables, 'ordres')).toThrow(expect.objectContaining({ fix: 'Did you mean "orders"?' }))
      expect(() => propose(findTable(tables, 'settings'), {})).toThrow('no column that says when')
      expect(() => propose(findTable(tables, 'orders'), { key: ['user'] })).toThrow('no column "user"')
      await run('DROP TABLE orders, settings, _prisma_migrations, logs')
    })

    test('a long history begins a year before its newest row; an end is set where it ended', async () => {
      await run(`CREATE TABLE sales (user_id bigint, at timestamptz);
        INSERT INTO sales VALUES (1, '2001-01-01'), (1, '2010-06-15 12:00Z')`)
      const directory = await mkdtemp(join(tmpdir(), 'fstore-init-'))
      const proposal = propose(findTable(await readSourceTables(given.db), 'sales'), {})
      const around = await lookAround(directory, { DATABASE_URL: given.url })
      const { files, span } = await ownProject(given.db, around, proposal, {})
      expect(span).toMatchObject({ first: '2001-01-01', last: '2010-06-15', key: ['1'] })
      await placeFiles(await planFiles(directory, files))
      const config = await readFile(join(directory, 'featurestore.config.ts'), 'utf8')
      expect(config).toContain("start: '2009-06-15', // rows go back to 2001-01-01")
      expect(config).toContain("end: '2010-06-16', // the newest row is of 2010-06-15")
      await rm(directory, { recursive: true, force: true })
      await run('DROP TABLE sales')
    })
  },
  ['postgres'],
)
