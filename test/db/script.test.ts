import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { runScript } from '../../src/db/script.js'
import { parseScript } from '../../src/db/script-parts.js'
import { FstoreError } from '../../src/errors.js'
import { describeEachDatabase } from '../servers/databases.js'

const parse = (text: string) => parseScript({ file: 'load.sql', text })
const statements = (text: string) =>
  parse(text).map((part) => (part.kind === 'statement' ? part.sql : `copy ${part.path}`))

async function failure(work: Promise<unknown> | (() => unknown)): Promise<FstoreError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (error instanceof FstoreError) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('parseScript', () => {
  test('splits at semicolons and keeps where each statement begins', () => {
    expect(parse('-- first\nSELECT 1;\n\n  SELECT 2 -- last\n')).toEqual([
      { kind: 'statement', sql: 'SELECT 1', offset: 9 },
      { kind: 'statement', sql: 'SELECT 2 -- last', offset: 22 },
    ])
  })

  test.each([
    ['a string', `SELECT 'a;''b\\'`],
    ['an escape string', `SELECT E'a\\';b'`],
    ['a quoted name', 'SELECT 1 AS "a;""b"'],
    ['a dollar quote', 'DO $x$ BEGIN; $$ ; $$ END $x$'],
    ['nested comments', 'SELECT /* ; /* ; */ \\copy ; */ 1'],
    ['a line comment', "SELECT 1 -- it's; \\copy\n + 1"],
    ['parentheses', 'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)'],
    [
      'a function of SQL',
      'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
    ],
    ['a parameter-like dollar', 'SELECT $1, a$b$c'],
  ])('keeps %s whole', (_, sql) => {
    expect(statements(`${sql};SELECT 2;;`)).toEqual([sql, 'SELECT 2'])
  })

  test.each([
    ["\\copy t FROM 'a b.csv'", { table: 't', columns: '', path: 'a b.csv', options: '' }],
    [
      '\\copy s."T t" (a, "b") from data/x.csv csv header;',
      { table: 's."T t"', columns: '(a, "b")', path: 'data/x.csv', options: 'csv header' },
    ],
    [
      "\\copy t FROM 'it''s.csv' WITH (FORMAT csv, HEADER)\r",
      { path: "it's.csv", options: 'WITH (FORMAT csv, HEADER)' },
    ],
  ])('reads %s', (line, fields) => {
    expect(parse(`SELECT 1;\n  ${line}\nSELECT 2;`)).toMatchObject([
      { kind: 'statement' },
      { kind: 'copy', offset: 12, ...fields },
      { kind: 'statement', sql: 'SELECT 2' },
    ])
  })

  test.each([
    ['\\i other.sql', '\\i is not understood', 1],
    ["\\copy t TO 'x.csv'", '\\copy is not understood', 1],
    ['\\copy t FROM stdin', '\\copy is not understood', 1],
    ["\\copy t FROM program 'ls'", '\\copy is not understood', 1],
    ["SELECT 1\n\\copy t FROM 'x.csv'", 'inside a statement', 2],
    ['COPY t FROM STDIN;', 'COPY is not understood', 1],
    ['\nBEGIN;', 'opens or ends a transaction', 2],
    ["\n\n SELECT 'a", 'quote is never closed', 3],
    ["SELECT E'a\\'", 'quote is never closed', 1],
    ['SELECT $x$ a $$', '$x$ is never closed', 1],
    ['/* /* */', 'comment is never closed', 1],
  ])('refuses %j', async (text, message, line) => {
    const error = await failure(() => parse(text))
    expect(error).toMatchObject({ code: 'SCRIPT_INVALID', where: { file: 'load.sql', line } })
    expect(error.message).toContain(message)
  })
})

describeEachDatabase((given) => {
  let root: string

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-script-'))
    await mkdir(join(root, 'data'))
  })
  afterAll(() => rm(root, { recursive: true, force: true }))
  beforeEach(() => run('DROP TABLE IF EXISTS things'))

  async function run(text: string) {
    const file = join(root, 'data', 'load.sql')
    await writeFile(file, text)
    return runScript({ db: given.db, file })
  }

  async function rows(sql: string) {
    return (await given.db.query({ role: 'owner' }, sql)).rows
  }

  test('runs statements and loads in the order of the file', async () => {
    await writeFile(join(root, 'data', 'things.csv'), 'name,id\n"a, b",1\nü😀,2\n')
    const result = await run(`
      CREATE TABLE things (id int, name text, at timestamptz DEFAULT '2025-01-01'); -- in UTC
      \\copy things (name, id) FROM 'data/things.csv' WITH (FORMAT csv, HEADER)
      UPDATE things SET id = id * 10;`)
    expect(result).toEqual({ statements: 2, loaded: [{ table: 'things', rows: 2 }] })
    expect(await rows('SELECT * FROM things ORDER BY id')).toEqual([
      { id: 10, name: 'a, b', at: '2025-01-01T00:00:00Z' },
      { id: 20, name: 'ü😀', at: '2025-01-01T00:00:00Z' },
    ])
  })

  test('counts the rows of every table, those of INSERTs too', async () => {
    await writeFile(join(root, 'data', 'things.csv'), '1\n2\n')
    const { loaded, statements } = await run(`
      CREATE TABLE things (id int);
      CREATE TABLE "More" (id int);
      \\copy things FROM 'data/things.csv' CSV
      insert into public."More" SELECT 10 * id FROM things;
      INSERT INTO things (id) VALUES (3);`)
    expect(statements).toBe(4)
    expect(loaded).toEqual([
      { table: 'things', rows: 3 },
      { table: 'public."More"', rows: 2 },
    ])
  })

  test('keeps nothing when a statement fails, and shows where', async () => {
    const error = await failure(run("CREATE TABLE things (id int);\nSELECT '😀',\n  nope FROM things;"))
    expect(error).toMatchObject({ code: 'SQL_FAILED', where: { line: 3, column: 3, text: '  nope FROM things;' } })
    expect(error.where?.file).toBe(join(root, 'data', 'load.sql'))
    expect(error.cause).toMatchObject({ code: '42703' })
    expect(await rows("SELECT to_regclass('things') AS things")).toEqual([{ things: null }])
  })

  test('keeps nothing when a load fails, and shows its line', async () => {
    await writeFile(join(root, 'data', 'bad.csv'), '1\nx\n')
    const error = await failure(run("CREATE TABLE things (id int);\n\\copy things FROM 'data/bad.csv' CSV\n"))
    expect(error).toMatchObject({ code: 'SQL_FAILED', where: { line: 2, column: 1 } })
    expect(error.cause).toMatchObject({ code: '22P02' })
    expect(await rows("SELECT to_regclass('things') AS things")).toEqual([{ things: null }])
    expect(await run('SELECT 1')).toEqual({ statements: 1, loaded: [] })
  })

  test('names a table that exists already', async () => {
    await run('CREATE TABLE things (id int)')
    const error = await failure(run('\nCREATE TABLE things (id int)'))
    expect(error).toMatchObject({ code: 'SQL_FAILED', where: { line: 2 }, cause: { code: '42P07' } })
  })

  test('misses a CSV before it runs anything', async () => {
    const error = await failure(run("CREATE TABLE things (id int);\n\\copy things FROM 'data/none.csv' CSV\n"))
    expect(error).toMatchObject({ code: 'DATA_FILE_MISSING', where: { line: 2 } })
    expect(await rows("SELECT to_regclass('things') AS things")).toEqual([{ things: null }])
  })

  test('misses the script itself', async () => {
    const error = await failure(runScript({ db: given.db, file: join(root, 'data', 'none.sql') }))
    expect(error.code).toBe('DATA_FILE_MISSING')
  })
})
