/** What every adapter does alike. */

import { Readable } from 'node:stream'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { DatabaseError, type Session } from '../../src/db/database.js'
import { migrate } from '../../src/db/migrate.js'
import { FstoreError } from '../../src/errors.js'
import { describeEachDatabase } from '../servers/databases.js'

const owner: Session = { role: 'owner' }
const app = (tenant?: string): Session => ({ role: 'app', ...(tenant !== undefined && { tenant }) })

describeEachDatabase(
  (given) => {
    beforeAll(async () => {
      await migrate({ db: given.db, schema: 'fstore' })
      await given.db.transaction(owner, (tx) =>
        tx.script(`
          CREATE TABLE public.things (tenant_id text, id int PRIMARY KEY, note text NOT NULL CHECK (note <> 'bad'));
          ALTER TABLE public.things ENABLE ROW LEVEL SECURITY;
          ALTER TABLE public.things FORCE ROW LEVEL SECURITY;
          CREATE POLICY own ON public.things
            USING (tenant_id = (SELECT NULLIF(current_setting('fstore.tenant_id', true), '')));
          GRANT ALL ON public.things TO fstore_app;
          CREATE TABLE public.plain (id int PRIMARY KEY, note text);
          GRANT ALL ON public.plain TO fstore_app;
        `),
      )
    })

    const one = async (sql: string, parameters?: readonly unknown[], session: Session = app()) => {
      const { rows } = await given.db.query(session, sql, parameters)
      return rows[0]
    }
    const failing = async (work: Promise<unknown>): Promise<any> =>
      work.then(
        () => {
          throw new Error('It did not fail')
        },
        (error: unknown) => error,
      )

    describe('values', () => {
      test.each([
        ['true', true],
        ['12::int2', 12],
        ['12::int4', 12],
        ['12::int8', 12],
        ['9007199254740991::int8', 9007199254740991],
        ['9007199254740992::int8', 9007199254740992n],
        ['(-9223372036854775808)::int8', -9223372036854775808n],
        ['1.5::float4', 1.5],
        ['0.1::float8 + 0.2::float8', 0.1 + 0.2],
        [`'NaN'::float8`, Number.NaN],
        [`'Infinity'::float4`, Number.POSITIVE_INFINITY],
        [`'-Infinity'::float8`, Number.NEGATIVE_INFINITY],
        ['12.340::numeric', '12.340'],
        [`'a'::text`, 'a'],
        [`'a'::varchar`, 'a'],
        [`'a '::char(3)`, 'a  '],
        [`'a'::name`, 'a'],
        [`'{"a": [1, null]}'::json`, { a: [1, null] }],
        [`'[1, "x"]'::jsonb`, [1, 'x']],
        [`'null'::jsonb`, null],
        [`'2026-03-01 08:00:00.123456+00'::timestamptz`, '2026-03-01T08:00:00.123456Z'],
        [`'2026-03-01 08:00:00.120+05:45'::timestamptz`, '2026-03-01T02:15:00.12Z'],
        [`'infinity'::timestamptz`, 'infinity'],
        [`'0044-03-15 BC'::timestamptz`, '0044-03-15 00:00:00+00 BC'],
        [`'2026-03-01 08:00:00'::timestamp`, '2026-03-01 08:00:00'],
        [`'2026-03-01'::date`, '2026-03-01'],
        [`'08:00:00.5'::time`, '08:00:00.5'],
        [`'26 hours 3 seconds'::interval`, '26:00:03'],
        [`'6b2e3a1c-0c3e-4a5f-9d4e-2f6f7b1a2c3d'::uuid`, '6b2e3a1c-0c3e-4a5f-9d4e-2f6f7b1a2c3d'],
        [`'42'::xid8`, '42'],
        [
          `'{[2026-03-01 00:00+00, 2026-03-02 00:00+00)}'::tstzmultirange`,
          '{["2026-03-01 00:00:00+00","2026-03-02 00:00:00+00")}',
        ],
        [`'(1,2)'::point`, '(1,2)'],
        ['NULL::int8', null],
        [`'{1,NULL,3}'::int4[]`, [1, null, 3]],
        [`'{1,9007199254740993}'::int8[]`, [1, 9007199254740993n]],
        [`'{{1,2},{3,4}}'::int2[]`, [[1, 2], [3, 4]]], // biome-ignore format: a matrix
        [`'{NaN,1.5}'::float8[]`, [Number.NaN, 1.5]],
        [`ARRAY['a"b', 'c,d', '', 'NULL', NULL, '\\', '{}']::text[]`, ['a"b', 'c,d', '', 'NULL', null, '\\', '{}']],
        [`'{t,f}'::bool[]`, [true, false]],
        [`ARRAY['2026-03-01 08:00:00.5+00'::timestamptz]`, ['2026-03-01T08:00:00.5Z']],
        [`ARRAY['{"a":1}'::jsonb]`, [{ a: 1 }]],
        [`'{}'::text[]`, []],
        [`ARRAY['(1,2)'::point]`, '{"(1,2)"}'],
      ])('%s', async (sql, value) => {
        expect(await one(`SELECT ${sql} AS value`)).toEqual({ value })
      })

      test('bytes', async () => {
        const row = await one(`SELECT '\\x00ff10'::bytea AS value, $1::bytea AS sent`, [Buffer.from([0, 255, 16])])
        expect([...(row?.value ?? [])]).toEqual([0, 255, 16])
        expect([...(row?.sent ?? [])]).toEqual([0, 255, 16])
      })

      test.each([
        ['bool', false],
        ['int8', 9223372036854775807n],
        ['float8', Number.NaN],
        ['float8', Number.NEGATIVE_INFINITY],
        ['float8', -0],
        ['text', "it's \\ \u{1f600}"],
        ['timestamptz', '2026-03-01T08:00:00.123456Z'],
        ['jsonb', { a: { b: [1, 'x'] } }],
        ['text[]', ['a"b', '\\', null, 'NULL', '', '{a,b}']],
        ['float8[]', [1.5, Number.NaN, null]],
        ['int8[]', [[1, 2], [3, 9223372036854775807n]]], // biome-ignore format: a matrix
        ['int4', null],
      ])('a parameter of type %s comes back as it went: %p', async (type, value) => {
        expect(await one(`SELECT $1::${type} AS value`, [value])).toEqual({ value })
      })

      test('undefined is NULL, and a Date an instant', async () => {
        const date = new Date('2026-03-01T08:00:00.123Z')
        expect(await one('SELECT $1::int AS a, $2::timestamptz AS b', [undefined, date])).toEqual({
          a: null,
          b: '2026-03-01T08:00:00.123Z',
        })
      })

      test('fields and counts', async () => {
        const read = await given.db.query(app(), `SELECT 1::int8 AS a, 'x'::text AS b WHERE false`)
        expect(read).toEqual({ rows: [], count: 0, fields: [{ name: 'a', type: 20 }, { name: 'b', type: 25 }] }) // biome-ignore format: one line
        const written = await given.db.query(owner, 'INSERT INTO plain SELECT n FROM generate_series(100, 104) n')
        expect(written).toEqual({ rows: [], count: 5, fields: [] })
        expect((await given.db.query(owner, 'DELETE FROM plain WHERE id >= 100 RETURNING id')).count).toBe(5)
        expect((await given.db.query(owner, 'CREATE TEMP TABLE gone (a int) ON COMMIT DROP')).count).toBe(0)
      })
    })

    describe('a session', () => {
      test('sets what decides values, in the transaction only', async () => {
        const row = await one(
          `SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS dates,
                  current_setting('IntervalStyle') AS intervals, current_setting('search_path') AS path,
                  current_setting('row_security') AS row_security, current_setting('bytea_output') AS bytes`,
        )
        expect(row).toEqual({
          zone: 'UTC',
          dates: 'ISO, YMD',
          intervals: 'postgres',
          path: 'public, extensions, pg_temp',
          row_security: 'on',
          bytes: 'hex',
        })
      })

      test('acts as fstore_app or as the owner', async () => {
        const sql = 'SELECT current_user = session_user AS own, current_user::text AS name'
        expect(await one(sql, [], app('t'))).toEqual({ own: false, name: 'fstore_app' })
        expect(await one(sql, [], owner)).toMatchObject({ own: true })
        await given.db.transaction(app('t'), async (tx) => {
          expect((await tx.query(sql)).rows).toEqual([{ own: false, name: 'fstore_app' }])
        })
        expect(await one(sql, [], owner)).toMatchObject({ own: true })
      })

      test('shows the tenant’s rows only, and none without a tenant', async () => {
        const hostile = `b'; DROP TABLE things; --`
        for (const [id, tenant] of ['a', hostile].entries()) {
          await given.db.query(app(tenant), 'INSERT INTO things VALUES ($1, $2, $3)', [tenant, id, `of ${tenant}`])
        }
        const ids = async (session: Session) =>
          (await given.db.query(session, 'SELECT id FROM things ORDER BY id')).rows.map((row) => row.id)
        expect(await ids(app('a'))).toEqual([0])
        expect(await ids(app(hostile))).toEqual([1])
        expect(await ids(app())).toEqual([])
        const refused = await failing(given.db.query(app('a'), `INSERT INTO things VALUES ('x', 9, 'y')`))
        expect(refused).toMatchObject({ code: '42501' })
      })

      test('compiles nothing for many rows, and has room to sort them in', async () => {
        const look = `SELECT current_setting('jit') AS jit, pg_size_bytes(current_setting('work_mem'))::int AS room`
        expect(await one(look, [], { ...app(), manyRows: true })).toEqual({ jit: 'off', room: 32 * 2 ** 20 })
      })

      test('may be read only, repeatable and short of patience', async () => {
        const write = 'INSERT INTO plain VALUES (1)'
        const session: Session = { ...app(), readOnly: true, isolation: 'repeatable read' }
        expect(await failing(given.db.query(session, write))).toMatchObject({ code: '25006' })
        expect(await failing(given.db.transaction(session, (tx) => tx.query(write)))).toMatchObject({ code: '25006' })
        const sql = `SELECT current_setting('transaction_isolation') AS isolation,
                            current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement`
        expect(await one(sql, [], { ...session, lockTimeout: 1500, statementTimeout: 2500 })).toEqual({
          isolation: 'repeatable read',
          lock: '1500ms',
          statement: '2500ms',
        })
        expect(await one(sql)).toEqual({ isolation: 'read committed', lock: '0', statement: '0' })
      })
    })

    describe('a transaction', () => {
      const count = async () => (await one('SELECT count(*) AS n FROM plain'))?.n

      test('commits when its work resolves', async () => {
        const result = await given.db.transaction(app(), async (tx) => {
          await tx.query('INSERT INTO plain VALUES (1, $1)', ['x'])
          await tx.script(`INSERT INTO plain VALUES (2); INSERT INTO plain VALUES (3, 'a;b')`)
          return 'done'
        })
        expect(result).toBe('done')
        expect(await count()).toBe(3)
      })

      test('rolls back when its work rejects, and the error stays itself', async () => {
        const before = await count()
        const error = new Error('mine')
        const thrown = await failing(
          given.db.transaction(app(), async (tx) => {
            await tx.query('INSERT INTO plain VALUES (50)')
            throw error
          }),
        )
        expect(thrown).toBe(error)
        expect(await count()).toBe(before)
      })

      test('does not pretend to have committed when a statement failed on the way', async () => {
        const before = await count()
        const thrown = await failing(
          given.db.transaction(app(), async (tx) => {
            await tx.query('INSERT INTO plain VALUES (51)')
            await tx.query('SELECT 1/0').catch(() => {})
          }),
        )
        expect(thrown).toBeInstanceOf(DatabaseError)
        expect(thrown).toMatchObject({ code: '25P02' })
        expect(await count()).toBe(before)
      })

      test('goes on from a savepoint', async () => {
        await given.db.transaction(app(), async (tx) => {
          await tx.script('SAVEPOINT here')
          await tx.query('SELECT 1/0').catch(() => {})
          await tx.script('ROLLBACK TO SAVEPOINT here')
          await tx.query('INSERT INTO plain VALUES (52)')
        })
        expect(await one('SELECT id FROM plain WHERE id = 52')).toEqual({ id: 52 })
      })

      test('reports a constraint that fails at COMMIT', async () => {
        await given.db.query(owner, 'CREATE TABLE late (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)')
        const insert = 'INSERT INTO late VALUES (1), (1)'
        expect(await failing(given.db.query(owner, insert))).toMatchObject({ code: '23505' })
        const thrown = await failing(given.db.transaction(owner, (tx) => tx.query(insert)))
        expect(thrown).toBeInstanceOf(DatabaseError)
        expect((await given.db.query(owner, 'SELECT FROM late')).count).toBe(0)
      })

      test('many at once', async () => {
        const sums = await Promise.all(
          Array.from({ length: 30 }, (_, n) =>
            given.db.transaction(app(`t${n}`), async (tx) => {
              const first = await tx.query(`SELECT current_setting('fstore.tenant_id') AS tenant`)
              const second = await tx.query('SELECT $1::int + 1 AS n', [n])
              return `${first.rows[0]?.tenant} ${second.rows[0]?.n}`
            }),
          ),
        )
        expect(sums).toEqual(Array.from({ length: 30 }, (_, n) => `t${n} ${n + 1}`))
      })

      test('one statement is one statement', async () => {
        const thrown = await failing(given.db.query(app(), 'SELECT 1; SELECT 2'))
        expect(thrown).toMatchObject({ code: '42601' })
      })
    })

    describe('an error', () => {
      test('says where in the statement', async () => {
        const thrown = await failing(given.db.query(app(), 'SELECT nothing FROM plain'))
        expect(thrown).toBeInstanceOf(DatabaseError)
        expect(thrown).toMatchObject({ code: '42703', position: 8 })
        expect(thrown.message).toContain('"nothing"')
      })

      test('holds neither parameters nor rows', async () => {
        const attempts: [string, readonly unknown[]][] = [
          ['SELECT 1/$1::int, $2::text', [0, 'hunter2']],
          [`INSERT INTO things VALUES ('a', 70, NULL), ('hunter2', 71, $1)`, ['x']],
          [`INSERT INTO things (tenant_id, id, note) VALUES ('hunter2', $1, 'bad')`, [72]],
        ]
        for (const [sql, parameters] of attempts) {
          const thrown = await failing(given.db.query(app('hunter2'), sql, parameters))
          expect(thrown).toBeInstanceOf(DatabaseError)
          const everything = `${thrown.stack} ${JSON.stringify(thrown)} ${Object.values(thrown).join()} ${thrown.cause}`
          expect(everything).not.toContain('hunter2')
        }
      })

      test('leaves the database fit for use', async () => {
        for (let n = 0; n < 12; n++) await failing(given.db.query(app(), 'SELECT 1/0'))
        expect(await one('SELECT 1 AS a')).toEqual({ a: 1 })
      })
    })

    describe('copyFrom', () => {
      const copy = 'COPY plain (id, note) FROM STDIN WITH (FORMAT csv, HEADER)'
      const csv = (...chunks: string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)))

      test('loads rows whose text is cut anywhere, and the transaction goes on', async () => {
        const seen = await given.db.transaction(app(), async (tx) => {
          expect(await tx.copyFrom(copy, csv('id,no', 'te\n200,"a\n', 'b"\n201,\n'))).toBe(2)
          return (await tx.query('SELECT id, note FROM plain WHERE id >= 200 ORDER BY id')).rows
        })
        expect(seen).toEqual([{ id: 200, note: 'a\nb' }, { id: 201, note: null }]) // biome-ignore format: one line
        expect(await one('SELECT count(*) AS n FROM plain WHERE id >= 200')).toEqual({ n: 2 })
      })

      test('an error names the line but not the value', async () => {
        const thrown = await failing(
          given.db.transaction(app(), (tx) => tx.copyFrom(copy, csv('id,note\n300,x\n', '301,y,hunter2\n'))),
        )
        expect(thrown).toBeInstanceOf(DatabaseError)
        expect(thrown).toMatchObject({ code: '22P04', detail: 'COPY plain, line 3' })
        expect(await one('SELECT count(*) AS n FROM plain WHERE id >= 300')).toEqual({ n: 0 })
      })

      test('a source that fails rolls back, with its own error', async () => {
        const error = new Error('no such file')
        const source = async function* () {
          yield Buffer.from('id,note\n400,x\n')
          throw error
        }
        expect(await failing(given.db.transaction(app(), (tx) => tx.copyFrom(copy, source())))).toBe(error)
        expect(await one('SELECT count(*) AS n FROM plain WHERE id >= 400')).toEqual({ n: 0 })
      })
    })

    describe('copyTo', () => {
      /** More than any buffer on the way holds. */
      const many = `COPY (SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) AS i) TO STDOUT`

      test('gives all bytes, and the transaction goes on', async () => {
        await given.db.transaction(app(), async (tx) => {
          let bytes = 0
          for await (const piece of tx.copyTo(many)) bytes += piece.length
          expect(bytes).toBe(20_000 * 1002 + 88_894)
          expect((await tx.query('SELECT 1 AS a')).rows).toEqual([{ a: 1 }])
        })
      })

      test('who leaves it early can go on with the database, as often as that may be', async () => {
        const gone = new Error('The reader has gone')
        const leaving = () =>
          given.db.transaction(app(), async (tx) => {
            for await (const _ of tx.copyTo(many)) throw gone
          })
        for (let n = 0; n < 12; n++) expect(await failing(leaving())).toBe(gone)
        expect(await one('SELECT 1 AS a')).toEqual({ a: 1 })
      })

      test('an error midway is the one the server told', async () => {
        const dividing = 'COPY (SELECT 1 / (5000 - i) FROM generate_series(1, 10000) AS i) TO STDOUT'
        const reading = given.db.transaction(app(), async (tx) => {
          for await (const _ of tx.copyTo(dividing));
        })
        expect(await failing(reading)).toMatchObject({ name: 'DatabaseError', code: '22012' })
        expect(await one('SELECT 1 AS a')).toEqual({ a: 1 })
      })
    })

    test('a closed database says so', async () => {
      if (given.kind !== 'postgres') return
      const { openPostgres } = await import('../../src/db/postgres.js')
      const db = openPostgres({ url: given.url })
      await db.query(app(), 'SELECT 1')
      await db.close()
      await db.close()
      expect(await failing(db.query(app(), 'SELECT 1'))).toBeInstanceOf(FstoreError)
    })
  },
  ['pglite', 'postgres', 'postgres as superuser'],
)
