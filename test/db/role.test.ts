/** The role is the whole server's, so these tests have a server of their own on which it was never made. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Database } from '../../src/db/database.js'
import { migrate, migrationSql } from '../../src/db/migrate.js'
import { openPostgres } from '../../src/db/postgres.js'
import { asSuperuser } from '../servers/databases.js'
import { type StartedPostgres, startPostgres } from '../servers/postgres.mjs'
import { withDatabase } from '../servers/server.js'
import { runSql } from './catalogue.js'

let postgres: StartedPostgres
const opened: Database[] = []

beforeAll(async () => {
  postgres = await startPostgres({ fresh: true })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.close()))
})
afterAll(() => postgres?.stop())

function open(url: string): Database {
  const db = openPostgres({ url })
  opened.push(db)
  return db
}

async function databaseOf(name: string, attributes: string): Promise<string> {
  await asSuperuser(postgres.url, `CREATE ROLE ${name} LOGIN PASSWORD 'x' ${attributes}`)
  await asSuperuser(postgres.url, `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0`)
  const url = new URL(withDatabase(postgres.url, name))
  url.username = name
  url.password = 'x'
  return url.href
}

test('a user who may not make roles is told what a DBA can run, and then it works', async () => {
  const url = await databaseOf('plain', 'NOCREATEROLE')
  const db = open(url)
  await expect(db.query({ role: 'app' }, 'SELECT 1')).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
  await expect(migrate({ db, schema: 'fstore' })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    fix: expect.stringContaining('--print-sql'),
  })
  await runSql(withDatabase(postgres.url, 'plain'), await migrationSql({ schema: 'fstore', owner: 'plain' }))
  expect(await migrate({ db, schema: 'fstore' })).toEqual({ applied: [] })
  const { rows } = await db.query({ role: 'app', tenant: 't' }, 'SELECT current_user::text AS role')
  expect(rows).toEqual([{ role: 'fstore_app' }])
  await db.query({ role: 'owner' }, 'CREATE TABLE fstore_offline.more (a int)')
})

test('a user who is not a member of the role is told so', async () => {
  const db = open(await databaseOf('stranger', 'NOCREATEROLE'))
  await expect(db.query({ role: 'app' }, 'SELECT 1')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  await expect(migrate({ db, schema: 'fstore' })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
})

test('databases that make and grant the role at once do not trip over each other', async () => {
  for (let round = 0; round < 5; round++) {
    const urls = []
    for (const letter of ['a', 'b', 'c', 'd']) {
      const name = `race_${round}_${letter}`
      await asSuperuser(postgres.url, `CREATE DATABASE ${name} TEMPLATE template0`)
      urls.push(withDatabase(postgres.url, name))
    }
    const dbs = urls.map(open)
    // Connected before the race begins.
    await Promise.all(dbs.map((db) => db.query({ role: 'owner' }, 'SELECT 1')))
    await asSuperuser(postgres.url, `ALTER ROLE fstore_app RENAME TO other_${round}`)
    const results = await Promise.all(dbs.map((db) => migrate({ db, schema: 'fstore' })))
    expect(results.every(({ applied }) => applied.length > 0)).toBe(true)
  }
})

test('a role that bypasses row-level security is refused', async () => {
  await asSuperuser(postgres.url, 'ALTER ROLE fstore_app BYPASSRLS')
  await asSuperuser(postgres.url, 'CREATE DATABASE bypass TEMPLATE template0')
  await expect(migrate({ db: open(withDatabase(postgres.url, 'bypass')), schema: 'fstore' })).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    fix: expect.stringContaining('NOBYPASSRLS'),
  })
})
