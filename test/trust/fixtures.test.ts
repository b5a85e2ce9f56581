/** Fixtures are files: what they call tables, columns and types is refused, or is a name and nothing else. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseConfig } from '../../src/config/parse.js'
import type { Database } from '../../src/db/database.js'
import { openPGlite } from '../../src/db/pglite.js'
import { FstoreError } from '../../src/errors.js'
import { batch, createFeatureStore, defineConfig, entity, sql, string } from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { type Fixture, readFixture } from '../../src/testing/fixture.js'
import { recordFixture } from '../../src/testing/record.js'
import { runFixture } from '../../src/testing/run-fixture.js'
import { makeTables } from '../../src/testing/tables.js'
import { sqlOf } from '../plan/trial.js'
import { cacheDirectory, createDatabase } from '../servers/databases.js'
import { hostile } from './hostile.js'

const printable = [...new Set(hostile.filter((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text)))]
/** A dot parts a schema from its table, and no object that is read from JSON keeps a `__proto__`. */
const names = printable.filter((text) => text !== '' && text.length <= 60 && !/\.|__proto__/.test(text))
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

const thing = entity('thing', { id: 'string' })
const project = parseConfig(
  defineConfig({
    project: 'fixtures',
    groups: [
      batch('nasty', {
        ...{ entity: thing, start: '2024-02-28', end: '2024-02-29', features: { value: string() } },
        sql: sql`SELECT id, value FROM texts WHERE whose = :tenant_id`,
      }),
    ],
  }),
)
const fixture = { group: 'nasty', at: '2024-02-29', tables: {}, expect: [{ id: 'a', value: 'a' }] }
const table = (options: object) => ({ columns: { a: 'text' }, rows: [], ...options })

let db: Database
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fstore-fixtures-'))
  db = openPGlite({ cacheDirectory })
  await db.transaction({ role: 'owner' }, (tx) => tx.script('CREATE TABLE canary (secret text)'))
})
afterAll(async () => {
  await db?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Read from its file, and made; undefined where it is refused. */
async function made(tables: object, others: object = {}): Promise<Fixture | undefined> {
  const file = join(folder, 'fixture.json')
  await writeFile(file, JSON.stringify({ ...fixture, ...others, tables }))
  try {
    const read = await readFixture(file, project)
    await makeTables(db, read, file)
    return read
  } catch (error) {
    if (error instanceof FstoreError && error.exitCode !== 1) return undefined
    throw new Error(JSON.stringify({ tables, others }).slice(0, 300), { cause: error })
  }
}

async function columnsOf(name: string): Promise<unknown[]> {
  const { rows } = await db.query(
    { role: 'owner' },
    `SELECT attname AS column, format_type(atttypid, atttypmod) AS type, attnotnull OR atthasdef OR EXISTS (
       SELECT FROM pg_constraint WHERE conrelid = attrelid) AS more FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0`,
    [name],
  )
  return rows
}

test('a table, a schema and a column may be called anything', async () => {
  for (const [i, name] of names.entries()) {
    const columns = { [name]: 'text', n: 'int' }
    await made({ [`${name}.${name}`]: { columns, rows: [{ [name]: name }] }, [`t${i}`]: table({}) })
    const { rows } = await db.query({ role: 'owner' }, `SELECT * FROM ${quoted(name)}.${quoted(name)}`)
    expect(rows).toEqual([{ [name]: name, n: null }])
  }
  for (const name of ['', '.', 'a.', '.a', 'a.b.c', 'a\0b', 'canary'])
    expect([name, await made({ [name]: table({}) })]).toEqual([name, undefined])
  expect(await made({ nameless: table({ columns: { '': 'text' } }) })).toBeUndefined()
})

test('a type is a type', async () => {
  const more = [
    ...['int); DROP TABLE canary; --', 'int, more text', 'int PRIMARY KEY', 'int NOT NULL', 'int DEFAULT 1'],
    ...['int CHECK (true)', 'int GENERATED ALWAYS AS (1) STORED', 'int REFERENCES canary', 'SETOF int', 'int UNIQUE'],
    ...[
      'text COLLATE "C"',
      'int) AS SELECT (1',
      'canary.secret%TYPE',
      'numeric(1,1); SELECT 1',
      'anyelement',
      'int /*',
    ],
  ]
  for (const type of [...hostile, ...more])
    expect([type, await made({ typed: table({ columns: { a: type } }) })]).toEqual([type, undefined])
  const types = {
    ...{
      'numeric(10, 2)': 'numeric(10,2)',
      'varchar(9)[]': 'character varying(9)[]',
      int8: 'bigint',
      canary: 'canary',
    },
    ...{ 'timestamptz(3)': 'timestamp(3) with time zone', 'interval day to second(2)': 'interval day to second(2)' },
    // A comment is none of the type.
    ...{ 'pg_catalog."char"': '"char"', 'int -- text': 'integer', 'double precision[3]': 'double precision[]' },
  }
  for (const [i, [type, known]] of Object.entries(types).entries()) {
    expect([type, await made({ [`typed_${i}`]: table({ columns: { a: type } }) })]).not.toEqual([type, undefined])
    expect(await columnsOf(`typed_${i}`)).toEqual([{ column: 'a', type: known, more: false }])
  }
})

test('rows, and all else that a fixture says', async () => {
  for (const [i, text] of hostile.entries()) {
    const rows = [{ a: text, [text]: text }]
    const read = await made({ [`rows_${i}`]: table({ rows }) })
    if (printable.includes(text)) {
      expect(read).toBeDefined()
      expect((await db.query({ role: 'owner' }, `SELECT a FROM rows_${i}`)).rows).toEqual([{ a: text }])
    }
    for (const others of text === '__proto__'
      ? []
      : [
          ...[
            { group: text },
            { at: text },
            { start: text },
            { expect: [{ id: 'a', [text]: text }] },
            { [text]: text },
          ],
          { expect: [text] },
        ])
      expect([others, await made({}, others)]).toEqual([others, undefined])
  }
  expect((await db.query({ role: 'owner' }, 'SELECT FROM canary')).count).toBe(0)
})

test('it is recorded and run with tenants, keys, tables and columns of any name', async () => {
  const own = await createDatabase()
  const [name, column] = [`a"; DROP TABLE canary; --`, `c'"); DROP TABLE canary; --`]
  const nasty = batch('nasty', {
    ...{ entity: thing, start: '2024-02-28', end: '2024-02-29', features: { value: string() } },
    sql: sqlOf(
      `SELECT ${quoted(column)} AS id, value FROM ${quoted(name)}.${quoted(name)} WHERE ${quoted(`of ${column}`)} = :tenant_id`,
    ),
  })
  const config = defineConfig({
    project: 'recorded',
    groups: [nasty],
    profiles: { default: { database: own.ownerUrl } },
  })
  const tenant = `o'; DROP TABLE canary; --`
  const store = createFeatureStore(config, { root: folder, tenant }) as unknown as AnyStore
  try {
    await store.migrate()
    const text = (value: string) => `'${value.replaceAll("'", "''")}'`
    const keys = printable.filter((one) => !one.includes('\\'))
    const key = keys.find((one) => one.includes("'")) as string
    const values = [tenant, 'another'].flatMap((whose) =>
      keys.map((key) => `(${[whose, key, `${whose} ${key}`].map(text).join()})`),
    )
    const script = join(folder, 'nasty.sql')
    const schema = quoted(name)
    await writeFile(
      script,
      `CREATE TABLE canary (); CREATE SCHEMA ${schema}; GRANT USAGE ON SCHEMA ${schema} TO fstore_app;
       CREATE TABLE ${schema}.${schema} (${quoted(`of ${column}`)} text, ${quoted(column)} text, value text);
       GRANT SELECT ON ${schema}.${schema} TO fstore_app; INSERT INTO ${schema}.${schema} VALUES ${values.join()};
       INSERT INTO ${schema}.${schema} SELECT ${quoted(`of ${column}`)}, ${quoted(column)}, 'hidden' FROM ${schema}.${schema};
       ALTER TABLE ${schema}.${schema} ENABLE ROW LEVEL SECURITY;
       CREATE POLICY shown ON ${schema}.${schema} USING (value <> 'hidden')`,
    )
    await store.runScript(script)
    expect(await store.build()).toMatchObject({ status: 'done' })
    const scope = { project: parseConfig(config), root: folder, files: [] }
    const recorded = await recordFixture({ ...scope, store }, { group: 'nasty', key: { id: key } })
    const [rows] = Object.values(recorded.tables).map((one) => one.rows)
    expect(rows).toEqual([expect.objectContaining({ [`of ${column}`]: tenant, [column]: key })])
    expect(await runFixture(scope, recorded, 'recorded')).toMatchObject({ compared: 1, differences: [] })
    expect((await store.query('SELECT FROM canary')).count).toBe(0)
  } finally {
    await store.close()
    await own.drop()
  }
})
