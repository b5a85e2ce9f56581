import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { DatabaseError } from '../../src/db/database.js'
import { migrate } from '../../src/db/migrate.js'
import { openPGlite } from '../../src/db/pglite.js'
import { cacheDirectory } from '../servers/databases.js'
import { startChild } from './child.js'

const owner = { role: 'owner' } as const
let folder: string
let directory: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fstore-pglite-'))
  directory = join(folder, 'project', 'data')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('opening touches nothing until the first use', async () => {
  const db = openPGlite({ directory, cacheDirectory })
  await db.close()
  expect(readdirSync(folder)).toEqual([])
})

test('a directory keeps what was written, and its lock goes', async () => {
  const db = openPGlite({ directory, cacheDirectory })
  await db.query(owner, 'CREATE TABLE kept AS SELECT 1 AS n')
  expect(existsSync(`${directory}.lock`)).toBe(true)
  await db.close()
  expect(existsSync(`${directory}.lock`)).toBe(false)
  const again = openPGlite({ directory, cacheDirectory })
  expect((await again.query(owner, 'SELECT n FROM kept')).rows).toEqual([{ n: 1 }])
  await again.close()
})

test('a process that was killed while the engine began leaves what can be opened', async () => {
  const db = openPGlite({ directory, cacheDirectory })
  await db.query(owner, 'CREATE TABLE kept AS SELECT 1 AS n')
  await db.close()
  writeFileSync(join(directory, 'postmaster.pid'), '')
  const again = openPGlite({ directory, cacheDirectory })
  expect((await again.query(owner, 'SELECT n FROM kept')).rows).toEqual([{ n: 1 }])
  await again.close()
})

test('closed twice at once, it is the lock’s until it is closed', async () => {
  const db = openPGlite({ directory, cacheDirectory })
  await db.query(owner, 'SELECT 1')
  const ended: string[] = []
  const first = db.close().then(() => ended.push('first'))
  await db.close()
  expect(ended).toEqual(['first'])
  await first
})

test('a second opening fails fast, in this process and in another', async () => {
  const db = openPGlite({ directory, cacheDirectory })
  await db.query(owner, 'SELECT 1')
  const second = openPGlite({ directory, cacheDirectory })
  await expect(second.query(owner, 'SELECT 1')).rejects.toMatchObject({ code: 'LOCKED' })
  const other = await startChild('./opener.ts', directory, cacheDirectory)
  expect(await other.line()).toBe('LOCKED')
  await other.end()
  await db.close()
  // The one refused may try again.
  expect((await second.query(owner, 'SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  await second.close()
})

test('after kill -9 of its process the database opens, with what it had committed', async () => {
  const holder = await startChild('./opener.ts', directory, cacheDirectory)
  expect(await holder.line()).toBe('open')
  const db = openPGlite({ directory, cacheDirectory })
  await expect(db.query(owner, 'SELECT 1')).rejects.toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining(String(holder.process.pid)),
  })
  holder.process.kill('SIGKILL')
  await once(holder.process, 'exit')
  expect((await db.query(owner, 'SELECT n FROM kept')).rows).toEqual([{ n: 1 }])
  await db.close()
})

test('a directory left half made is begun anew', async () => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'PG_VERSION'), '18\n')
  writeFileSync(`${directory}.creating`, '')
  const db = openPGlite({ directory, cacheDirectory })
  expect((await db.query(owner, 'SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  await db.close()
  expect(existsSync(`${directory}.creating`)).toBe(false)
})

test('a directory of another major version is left as it is, and told how to be moved', async () => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'PG_VERSION'), '17\n')
  const db = openPGlite({ directory, cacheDirectory })
  await expect(db.query(owner, 'SELECT 1')).rejects.toMatchObject({
    code: 'DATA_VERSION',
    message: expect.stringMatching(/was made by PostgreSQL 17; this fstore has 18\.$/),
    fix: expect.stringContaining('docs/upgrading.md'),
  })
  await db.close()
  expect(readdirSync(directory)).toEqual(['PG_VERSION'])
})

test('a directory with someone else’s files is not emptied', async () => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'thesis.txt'), 'precious')
  const db = openPGlite({ directory, cacheDirectory })
  await expect(db.query(owner, 'SELECT 1')).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY' })
  await db.close()
  expect(readdirSync(directory)).toEqual(['thesis.txt'])
})

test('a broken or unusable cache is no error', async () => {
  const broken = join(folder, 'cache')
  const first = openPGlite({ cacheDirectory: broken })
  await first.query(owner, 'SELECT 1')
  await first.close()
  const [name] = readdirSync(broken)
  writeFileSync(join(broken, String(name)), 'not a tarball')
  const second = openPGlite({ cacheDirectory: broken })
  expect((await second.query(owner, 'SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  await second.close()
  writeFileSync(join(folder, 'file'), '')
  const third = openPGlite({ cacheDirectory: join(folder, 'file') })
  expect((await third.query(owner, 'SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  await third.close()
})

const shared = openPGlite({ cacheDirectory })
afterAll(() => shared.close())

test('a transaction inside another is refused rather than waiting for itself', async () => {
  await shared.transaction(owner, async () => {
    await expect(shared.query(owner, 'SELECT 1')).rejects.toMatchObject({ code: 'INTERNAL' })
  })
})

test('what a transaction leaves running may use the database afterwards', async () => {
  const later = await shared.transaction(owner, async () => ({
    result: new Promise((resolve) => setTimeout(resolve, 50)).then(() => shared.query(owner, 'SELECT 1 AS n')),
  }))
  expect((await later.result).rows).toEqual([{ n: 1 }])
})

test('without fstore’s role the error says to migrate', async () => {
  await expect(shared.query({ role: 'app' }, 'SELECT 1')).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
  await expect(shared.transaction({ role: 'app' }, async () => 1)).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
})

test('has pgvector', async () => {
  await shared.transaction(owner, (tx) => tx.script('CREATE EXTENSION vector'))
  const { rows } = await shared.query(owner, `SELECT '[1,2,3]'::vector AS v, '[1,2,3]'::vector <-> $1::vector AS d`, [
    '[1,2,5]',
  ])
  expect(rows).toEqual([{ v: '[1,2,3]', d: 2 }])
})

describe('a statement that comes again', () => {
  const repeated = (tenant: string) => ({ role: 'app', tenant, readOnly: true, repeated: true }) as const
  const sql = `SELECT id, current_user::text AS name FROM kept_things WHERE id = ANY($1::int[]) ORDER BY id`
  const idsOf = async (tenant: string) => {
    const { rows } = await shared.query(repeated(tenant), sql, [[1, 2, 3]])
    return rows.map(({ id, name }) => `${id} ${name}`)
  }

  beforeAll(async () => {
    await migrate({ db: shared, schema: 'fstore' })
    await shared.transaction(owner, (tx) =>
      tx.script(`CREATE TABLE kept_things AS SELECT id, CASE WHEN id < 3 THEN 'a' ELSE 'b' END AS tenant_id
          FROM generate_series(1, 3) AS id;
        ALTER TABLE kept_things ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON kept_things USING (tenant_id = current_setting('fstore.tenant_id', true));
        GRANT SELECT ON kept_things TO fstore_app`),
    )
  })

  test('shows each tenant its own, whoever asked before', async () => {
    for (const _ of [1, 2]) {
      expect(await idsOf('a')).toEqual(['1 fstore_app', '2 fstore_app'])
      expect(await idsOf('b')).toEqual(['3 fstore_app'])
      expect(await idsOf('')).toEqual([])
      const all = await shared.query({ ...repeated('a'), role: 'owner' }, sql, [[1, 2, 3]])
      expect(all.rows.map(({ name }) => name)).toEqual(['postgres', 'postgres', 'postgres'])
    }
  })

  test('leaves neither role, tenant nor a transaction behind, read or refused', async () => {
    const left = `SELECT current_user::text AS name, current_setting('fstore.tenant_id', true) AS tenant,
      current_setting('transaction_read_only') AS read_only, current_setting('plan_cache_mode') AS plans`
    const none = { name: 'postgres', tenant: '', read_only: 'off', plans: 'auto' }
    await idsOf('a')
    expect((await shared.query(owner, left)).rows).toEqual([none])
    const refused = [
      'SELECT 1 / $1::int',
      'SELECT nothing, $1::int',
      'INSERT INTO kept_things SELECT $1',
      'SELECT 1; SELECT $1::int',
    ]
    for (const text of [...refused, ...refused]) {
      await expect(shared.query(repeated('a'), text, [0])).rejects.toThrow(DatabaseError)
      expect((await shared.query(owner, left)).rows).toEqual([none])
    }
    await shared.query(repeated('a'), 'BEGIN')
    expect((await shared.query(owner, left)).rows).toEqual([none])
    await shared.query(owner, `INSERT INTO kept_things SELECT 4, 'c'`)
    expect((await shared.query(owner, `DELETE FROM kept_things WHERE tenant_id = 'c'`)).count).toBe(1)
  })

  test('is asked anew where SQL has thrown it out or its table is another', async () => {
    expect(await idsOf('b')).toEqual(['3 fstore_app'])
    for (const _ of [1, 2]) {
      await shared.query(owner, 'DEALLOCATE ALL')
      expect(await idsOf('b')).toEqual(['3 fstore_app'])
    }
    await shared.transaction(owner, (tx) => tx.script('ALTER TABLE kept_things ALTER id TYPE bigint'))
    expect(await idsOf('b')).toEqual(['3 fstore_app'])
    await shared.transaction(owner, (tx) => tx.script('ALTER TABLE kept_things RENAME TO gone'))
    await expect(idsOf('b')).rejects.toMatchObject({ code: '42P01' })
    await shared.transaction(owner, (tx) => tx.script('ALTER TABLE gone RENAME TO kept_things'))
    expect(await idsOf('b')).toEqual(['3 fstore_app'])
  })

  test('makes room for others, and keeps its meaning', async () => {
    for (let n = 0; n < 120; n++) {
      const { rows } = await shared.query(repeated('a'), `SELECT ${n} + $1::int AS n`, [n])
      expect(rows).toEqual([{ n: 2 * n }])
      if (n % 40 === 0) expect(await idsOf('b')).toEqual(['3 fstore_app'])
    }
  })
})

test('a transaction that has ended is not used any more', async () => {
  const left = await shared.transaction(owner, async (tx) => ({ tx }))
  await expect(left.tx.query('SELECT 1')).rejects.toMatchObject({ code: 'INTERNAL' })
})

test('statements of one transaction sent at once are answered each its own', async () => {
  const answers = await shared.transaction(owner, (tx) =>
    Promise.all(Array.from({ length: 20 }, (_, n) => tx.query('SELECT $1::int AS n', [n]))),
  )
  expect(answers.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 20 }, (_, n) => n))
})
