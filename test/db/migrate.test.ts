import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Database } from '../../src/db/database.js'
import { migrate, migrationSql, migrationStatus } from '../../src/db/migrate.js'
import { openPGlite } from '../../src/db/pglite.js'
import { openPostgres } from '../../src/db/postgres.js'
import { cacheDirectory, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { catalogue, runSql } from './catalogue.js'
import { startChild } from './child.js'

const owner = { role: 'owner' } as const
const app = { role: 'app', tenant: 't' } as const
let directory: string
const cleanUps: (() => Promise<void>)[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fstore-migrations-'))
  write('0001_first.sql', 'CREATE TABLE {{schema}}.first (a int);\nCREATE TABLE {{offline}}.rows (a int);\n')
  write('0002_second.sql', 'CREATE TABLE {{online}}.second AS SELECT 1 AS a;\n')
})
afterEach(async () => {
  rmSync(directory, { recursive: true })
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function write(file: string, text: string): void {
  writeFileSync(join(directory, file), text)
}

function opened(db: Database): Database {
  cleanUps.push(() => db.close())
  return db
}

async function ownDatabase(): Promise<OwnDatabase> {
  const own = await createDatabase()
  cleanUps.push(() => own.drop())
  return own
}

/** PGlite, and PostgreSQL as a user who is no superuser. */
const kinds: [string, () => Promise<Database>][] = [
  ['pglite', async () => opened(openPGlite({ cacheDirectory }))],
  ['postgres', async () => opened(openPostgres({ url: (await ownDatabase()).ownerUrl }))],
]

describe.each(kinds)('on %s', (_, open) => {
  test('applies what is missing, once, and says what was applied when', async () => {
    const db = await open()
    const options = { db, schema: 'fstore', directory }
    expect(await migrationStatus(options)).toEqual([
      { version: 1, name: 'first', appliedAt: null, state: 'pending' },
      { version: 2, name: 'second', appliedAt: null, state: 'pending' },
    ])
    expect(await migrate(options)).toEqual({
      applied: [
        { version: 1, name: 'first' },
        { version: 2, name: 'second' },
      ],
    })
    expect(await migrate(options)).toEqual({ applied: [] })
    write('0003_third.sql', 'CREATE TABLE {{schema}}.third (a int);')
    expect(await migrate(options)).toEqual({ applied: [{ version: 3, name: 'third' }] })
    const status = await migrationStatus(options)
    expect(status.map(({ state }) => state)).toEqual(['applied', 'applied', 'applied'])
    expect(Date.parse(status[2]?.appliedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
  })

  test('schemas of any name live beside each other', async () => {
    const db = await open()
    for (const schema of ['fstore', 'Weird "name"; --', `o'clock\\`]) {
      expect((await migrate({ db, schema, directory })).applied).toHaveLength(2)
      expect((await migrate({ db, schema, directory })).applied).toHaveLength(0)
    }
  })

  test('the app’s role may use the schemas and nothing more; others not even that', async () => {
    const db = await open()
    await migrate({ db, schema: 'fstore', directory })
    const { rows } = await db.query(
      owner,
      `SELECT nspname AS name, has_schema_privilege('fstore_app', oid, 'USAGE') AS usage,
              has_schema_privilege('fstore_app', oid, 'CREATE') AS create,
              EXISTS (SELECT FROM aclexplode(nspacl) WHERE grantee = 0) AS public
       FROM pg_namespace WHERE nspname LIKE 'fstore%' ORDER BY 1`,
    )
    expect(rows).toEqual(
      ['fstore', 'fstore_offline', 'fstore_online'].map((name) => ({
        name,
        usage: true,
        create: false,
        public: false,
      })),
    )
    await expect(db.query(app, 'SELECT * FROM fstore.migrations')).rejects.toMatchObject({ code: '42501' })
  })

  test('an edited migration is named', async () => {
    const db = await open()
    await migrate({ db, schema: 'fstore', directory })
    write('0001_first.sql', '-- edited\n')
    await expect(migrate({ db, schema: 'fstore', directory })).rejects.toMatchObject({
      code: 'MIGRATION_EDITED',
      message: expect.stringContaining('0001_first.sql'),
    })
    expect((await migrationStatus({ db, schema: 'fstore', directory }))[0]?.state).toBe('edited')
  })

  test('a database of a newer fstore is left alone', async () => {
    const db = await open()
    await migrate({ db, schema: 'fstore', directory })
    rmSync(join(directory, '0002_second.sql'))
    await expect(migrate({ db, schema: 'fstore', directory })).rejects.toMatchObject({
      code: 'MIGRATION_NEWER',
      message: expect.stringContaining('0002_second'),
    })
    expect((await migrationStatus({ db, schema: 'fstore', directory }))[1]?.state).toBe('newer')
  })

  test('one that fails leaves nothing of itself, and keeps those before it', async () => {
    const db = await open()
    write('0003_third.sql', 'CREATE TABLE {{schema}}.third (a int);\n\nSELECT nothing;\n')
    await expect(migrate({ db, schema: 'fstore', directory })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      where: { file: 'migrations/0003_third.sql', line: 3 },
    })
    const { rows } = await db.query(
      owner,
      `SELECT to_regclass('fstore.third') AS third, to_regclass('fstore.first') AS first`,
    )
    expect(rows).toEqual([{ third: null, first: 'fstore.first' }])
    write('0003_third.sql', 'CREATE TABLE {{schema}}.third (a int);')
    expect((await migrate({ db, schema: 'fstore', directory })).applied).toEqual([{ version: 3, name: 'third' }])
  })

  test('the package’s own migrations', async () => {
    const db = await open()
    const { applied } = await migrate({ db, schema: 'fstore' })
    expect(applied.length).toBeGreaterThan(0)
    expect((await migrate({ db, schema: 'fstore' })).applied).toEqual([])
  })

  test('what --print-sql prints makes the same, and counts as migrated', async () => {
    const migrated = await open()
    await migrate({ db: migrated, schema: 'fstore' })
    const printed = await open()
    await printed.transaction(owner, async (tx) => {
      // The script brings its own transaction.
      await tx.script((await migrationSql({ schema: 'fstore' })).replace(/^BEGIN;|COMMIT;\s*$/g, ''))
    })
    expect(await catalogue(printed)).toEqual(await catalogue(migrated))
    expect((await migrate({ db: printed, schema: 'fstore' })).applied).toEqual([])
  })
})

test('files that are not named as they should be are refused', async () => {
  const db = opened(openPGlite({ cacheDirectory }))
  write('0002_other.sql', '')
  await expect(migrate({ db, schema: 'fstore', directory })).rejects.toMatchObject({ code: 'INTERNAL' })
  rmSync(join(directory, '0002_other.sql'))
  write('third.sql', '')
  await expect(migrate({ db, schema: 'fstore', directory })).rejects.toMatchObject({ code: 'INTERNAL' })
})

test('of several processes that migrate at once each migration is applied by one', async () => {
  const own = await ownDatabase()
  write('0001_first.sql', 'CREATE TABLE {{schema}}.first (a int); SELECT pg_sleep(0.2);')
  const starting = [1, 2, 3].map(() => startChild('./migrator.ts', own.ownerUrl, directory))
  const children = await Promise.all(starting)
  for (const child of children) expect(await child.line()).toBe('ready')
  const answers = await Promise.all(
    children.map(async (child) => {
      child.process.stdin?.write('go\n')
      return child.line()
    }),
  )
  await Promise.all(children.map((child) => child.end()))
  expect(answers.flatMap((answer) => answer.split(',').filter(Boolean)).sort()).toEqual(['1', '2'])
})

test('--print-sql from a version on, run by psql as a superuser for the owner', async () => {
  const own = await ownDatabase()
  const user = new URL(own.ownerUrl).username
  const first = await migrationSql({ schema: 'fstore', owner: user, directory })
  await runSql(own.url, first)
  write('0003_third.sql', 'CREATE TABLE {{schema}}.third (a int);')
  const rest = await migrationSql({ schema: 'fstore', from: 2, owner: user, directory })
  expect(rest).not.toContain('0001_first')
  await runSql(own.url, rest)
  const db = opened(openPostgres({ url: own.ownerUrl }))
  expect((await migrate({ db, schema: 'fstore', directory })).applied).toEqual([])
  const migrated = opened(openPostgres({ url: (await ownDatabase()).ownerUrl }))
  await migrate({ db: migrated, schema: 'fstore', directory })
  expect(await catalogue(db)).toEqual(await catalogue(migrated))
  // What the DBA made is the owner's to build on.
  await db.query(owner, 'CREATE TABLE fstore_offline.more (a int)')
  expect((await db.query(app, 'SELECT current_user::text AS role')).rows).toEqual([{ role: 'fstore_app' }])
})
