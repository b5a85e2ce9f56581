import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
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
