/** A database of its own for every suite, of every kind that fstore runs on. */

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe } from '@jest/globals'
import pg from 'pg'
import type { Database } from '../../src/db/database.js'
import { openPGlite } from '../../src/db/pglite.js'
import { openPostgres } from '../../src/db/postgres.js'
import { startOwnPostgres } from './own.js'
import { type PostgresServer, server, withDatabase } from './server.js'

/** Templates of PGlite databases, made once for all runs. */
export const cacheDirectory = fileURLToPath(new URL('../../node_modules/.cache/fstore', import.meta.url))

/** `alone`: a server of the suite's own, where nobody else's long transaction is in sight. */
export type Kind = 'pglite' | 'postgres' | 'postgres as superuser' | 'postgres alone'

export interface Given {
  readonly kind: Kind
  /** Open from before the first test of the suite until after its last. */
  readonly db: Database
  /** How to reach it from elsewhere; not PGlite, which lives in memory. */
  readonly url: string
}

export interface OwnDatabase {
  readonly name: string
  readonly url: string
  readonly ownerUrl: string
  /** Through PgBouncer in transaction mode, as the owner. */
  pgbouncerUrl(): Promise<string>
  /** Another that holds the same; nobody may be connected to this one meanwhile. */
  copy(): Promise<OwnDatabase>
  drop(): Promise<void>
}

/** Makes an empty database on the tests' server, owned by a user who is no superuser. */
export async function createDatabase(
  on?: Pick<PostgresServer, 'url' | 'ownerUrl'>,
  template = 'template0',
): Promise<OwnDatabase> {
  const { url, ownerUrl } = on ?? (await server('postgres'))
  const name = `fstore_test_${randomBytes(6).toString('hex')}`
  const owner = new URL(ownerUrl).username
  await asSuperuser(url, `CREATE DATABASE ${name} OWNER ${owner} TEMPLATE ${template}`)
  return {
    name,
    url: withDatabase(url, name),
    ownerUrl: withDatabase(ownerUrl, name),
    pgbouncerUrl: async () => withDatabase((await server('pgbouncer')).ownerUrl, name),
    copy: () => createDatabase(on, name),
    drop: () => asSuperuser(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** Runs SQL on a connection of its own. */
export async function asSuperuser(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Runs a suite on each kind of database: PGlite and PostgreSQL unless told. */
export function describeEachDatabase(
  suite: (given: Given) => void,
  kinds: readonly Kind[] = ['pglite', 'postgres'],
): void {
  for (const kind of kinds) {
    describe(`on ${kind}`, () => {
      suite(kind === 'pglite' ? givenPGlite() : givenPostgres(kind))
    })
  }
}

function givenPGlite(): Given {
  const db = openPGlite({ cacheDirectory })
  afterAll(() => db.close())
  return { kind: 'pglite', db, url: '' }
}

function givenPostgres(kind: Kind): Given {
  const given = { kind, db: undefined as unknown as Database, url: '' }
  let own: OwnDatabase | undefined
  let alone: Awaited<ReturnType<typeof startAlone>> | undefined
  beforeAll(async () => {
    if (kind === 'postgres alone') alone = await startAlone()
    own = await createDatabase(alone)
    given.url = kind === 'postgres as superuser' ? own.url : own.ownerUrl
    given.db = openPostgres({ url: given.url })
  })
  afterAll(async () => {
    await given.db?.close()
    await own?.drop()
    await alone?.stop()
  })
  return given
}

async function startAlone() {
  const { url, stop } = await startOwnPostgres()
  const ownerUrl = Object.assign(new URL(url), { username: 'fstore_alone', password: 'alone' }).href
  await asSuperuser(url, `CREATE ROLE fstore_alone LOGIN CREATEROLE PASSWORD 'alone'`)
  return { url, ownerUrl, stop }
}
