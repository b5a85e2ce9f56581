import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import type { Database, Session } from '../../src/db/database.js'
import { migrate } from '../../src/db/migrate.js'
import { openPostgres, type PostgresOptions } from '../../src/db/postgres.js'
import { FstoreError } from '../../src/errors.js'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'

const owner = { role: 'owner' } as const
const app = (tenant: string) => ({ role: 'app', tenant }) as const

let own: OwnDatabase
const opened: Database[] = []

beforeAll(async () => {
  own = await createDatabase()
  const db = openPostgres({ url: own.ownerUrl })
  await migrate({ db, schema: 'fstore' })
  await db.close()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.close()))
})
afterAll(() => own.drop())

function open(options: PostgresOptions): Database {
  const db = openPostgres(options)
  opened.push(db)
  return db
}

async function failure(work: Promise<unknown> | (() => unknown)): Promise<FstoreError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    expect(error).toBeInstanceOf(FstoreError)
    return error as FstoreError
  }
  throw new Error('It did not fail')
}

/** A server of raw sockets, to see what is sent and to break what is open. */
async function listen(onConnection: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(onConnection).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as { port: number }).port }
}

function at(port: number): string {
  const url = new URL(own.ownerUrl)
  url.host = `127.0.0.1:${port}`
  return url.href
}

describe('a server that cannot be reached', () => {
  const changed = (change: (url: URL) => void) => {
    const url = new URL(own.ownerUrl)
    change(url)
    return url.href
  }

  test.each<[string, (url: URL) => void, string]>([
    ['nothing listens', (url) => Object.assign(url, { port: '1' }), 'Nothing listens there.'],
    ['on any of several addresses', (url) => Object.assign(url, { host: 'localhost:1' }), 'Nothing listens there.'],
    ['no such host', (url) => Object.assign(url, { hostname: 'nowhere.invalid' }), 'The host name does not resolve.'],
    ['a wrong password', (url) => Object.assign(url, { password: 'hunter2' }), 'It refused the user or the password.'],
    ['no password', (url) => Object.assign(url, { password: '' }), 'It asks for a password.'],
    ['no such database', (url) => Object.assign(url, { pathname: '/missing' }), 'There is no such database.'],
    [
      'no TLS',
      (url) => Object.assign(url, { search: '?sslmode=verify-full' }),
      'The server does not support SSL connections.',
    ],
  ])('%s', async (_, change, why) => {
    const url = changed(change)
    const error = await failure(open({ url }).query(owner, 'SELECT 1'))
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', exitCode: 5, why, fix: expect.any(String) })
    const { host, username, password, pathname } = new URL(url)
    expect(error.message).toBe(`Cannot reach the database at ${host}${pathname} as ${username}.`)
    const everything = `${error.stack} ${JSON.stringify(error)} ${error.cause}`
    if (password) expect(everything).not.toContain(password)
  })

  test('one that never answers is given up after the time allowed', async () => {
    const { server, port } = await listen(() => {})
    const start = Date.now()
    const error = await failure(open({ url: at(port), connectTimeout: 200 }).query(owner, 'SELECT 1'))
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', why: 'It did not answer in time.' })
    expect(Date.now() - start).toBeLessThan(2000)
    server.close()
  })

  test('a connection ended while in use is not used again, and the next one works', async () => {
    const db = open({ url: own.ownerUrl, max: 1 })
    const kill = 'SELECT pg_terminate_backend(pg_backend_pid())'
    expect(await failure(db.query(owner, kill))).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(await failure(db.transaction(owner, (tx) => tx.query(kill)))).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect((await db.query(owner, 'SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  })

  test('a read whose connection is lost is asked once more; what may have written is not', async () => {
    const db = open({ url: own.ownerUrl, max: 1 })
    const kill = 'SELECT pg_terminate_backend(pg_backend_pid())'
    // Twice in vain: it does not go on for ever.
    expect(await failure(db.query({ ...owner, readOnly: true }, kill))).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    const ask = (session: Session) => {
      const asked = db.query(session, 'SELECT pg_sleep(1), 7 AS n')
      asked.catch(() => {})
      return asked
    }
    const cut = async () => {
      const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(1), 7%'
        AND state = 'active' AND datname = '${own.name}'`
      const client = new pg.Client({ connectionString: own.url })
      await client.connect()
      while ((await client.query(sql)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 10))
      await client.end()
    }
    const read = ask({ ...owner, readOnly: true })
    await cut()
    expect((await read).rows).toMatchObject([{ n: 7 }])
    const write = ask(owner)
    await cut()
    expect(await failure(write)).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  })

  test('an idle connection that ends does not end the process', async () => {
    const db = open({ url: own.ownerUrl, max: 1 })
    const { rows } = await db.query(owner, 'SELECT pg_backend_pid() AS pid')
    await asSuperuser(own.url, `SELECT pg_terminate_backend(${rows[0]?.pid})`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await db.query(owner, 'SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  })

  test('waiting for a connection that others hold is no failure to reach it', async () => {
    const db = open({ url: own.ownerUrl, max: 1, connectTimeout: 300 })
    const slow = db.query(owner, 'SELECT pg_sleep(0.8)')
    expect((await db.query(owner, 'SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
    await slow
  })
})

describe('a URL that is not one', () => {
  test.each([
    'hunter2',
    'mysql://me:hunter2@host/db',
    'postgres://me:p#hunter2@host/db',
    'postgres://me:12/hunter2@host/db',
    'postgres://me:12?hunter2@host/db',
    'postgres://me:hunter2@host:port/db',
    '',
  ])('%s', async (url) => {
    const error = await failure(() => open({ url }))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 })
    expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('hunter2')
  })
})

test('a server older than 15 is refused', async () => {
  // The handshake and version of such a server: AuthenticationOk, ReadyForQuery, then one row.
  const { server, port } = await listen((socket) => {
    let started = false
    socket
      .on('error', () => {})
      .on('data', () => {
        if (started) return socket.write(versionRow('140012'))
        started = true
        return socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]))
      })
  })
  expect(await failure(open({ url: at(port) }).query(owner, 'SELECT 1'))).toMatchObject({
    code: 'DATABASE_VERSION',
    message: expect.stringContaining('PostgreSQL 14'),
  })
  server.close()
})

function versionRow(version: string): Buffer {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5)
    head.write(type)
    head.writeInt32BE(body.length + 4, 1)
    return Buffer.concat([head, body])
  }
  const column = Buffer.concat([Buffer.from([0, 1]), Buffer.from('server_version_num\0'), Buffer.alloc(18)])
  column.writeInt32BE(25, column.length - 12)
  const value = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, version.length]), Buffer.from(version)])
  return Buffer.concat([
    message('T', column),
    message('D', value),
    message('C', Buffer.from('SHOW\0')),
    message('Z', Buffer.from('I')),
  ])
}

test('a statement of its own takes one round trip', async () => {
  let trips = 0
  let waiting = false
  const upstream = new URL(own.ownerUrl)
  const { connect } = await import('node:net')
  const { server, port } = await listen((socket) => {
    const up = connect(Number(upstream.port), upstream.hostname)
    socket
      .on('error', () => {})
      .on('close', () => up.destroy())
      .on('data', (chunk) => {
        if (!waiting) trips++
        waiting = true
        up.write(chunk)
      })
    up.on('error', () => {})
      .on('close', () => socket.destroy())
      .on('data', (chunk) => {
        waiting = false
        socket.write(chunk)
      })
  })
  const db = open({ url: at(port) })
  await db.query(app('a'), 'SELECT 1')
  trips = 0
  // The answers of several statements may come in several pieces, but nothing is sent in between.
  const { rows } = await db.query(app('a'), `SELECT current_setting('fstore.tenant_id') AS tenant, $1::int AS n`, [7])
  expect(rows).toEqual([{ tenant: 'a', n: 7 }])
  expect(trips).toBe(1)
  trips = 0
  await db.transaction(app('a'), (tx) => tx.query('SELECT 1'))
  expect(trips).toBe(3)
  await db.close()
  server.close()
})

describe('a caller’s own pool', () => {
  test('is used as it is, keeps its own parsers and is not ended', async () => {
    const types = new pg.TypeOverrides()
    types.setTypeParser(20, () => 'theirs')
    const pool = new pg.Pool({ connectionString: own.ownerUrl, max: 2, types })
    const db = open({ pool })
    const sql = `SELECT 1::int8 AS n, '2026-03-01T08:00:00.123456Z'::timestamptz AS at`
    const ours = [{ n: 1, at: '2026-03-01T08:00:00.123456Z' }]
    expect((await db.query(app('a'), sql)).rows).toEqual(ours)
    expect((await db.transaction(app('a'), (tx) => tx.query(sql))).rows).toEqual(ours)
    const copied = await db.transaction(owner, async (tx) => {
      await tx.script('CREATE TEMP TABLE copied (n int) ON COMMIT DROP')
      return tx.copyFrom(
        'COPY copied FROM STDIN',
        (async function* () {
          yield Buffer.from('1\n2\n')
        })(),
      )
    })
    expect(copied).toBe(2)
    await db.close()
    const after = await pool.query(
      `SELECT 1::int8 AS n, current_user = session_user AS own, current_setting('TimeZone') AS zone`,
    )
    expect(after.rows[0]).toMatchObject({ n: 'theirs', own: true })
    expect(after.rows[0].zone).not.toBe('UTC')
    await pool.end()
  })

  test('draws no complaint from pg about queued statements', async () => {
    const warnings: string[] = []
    const onWarning = (warning: Error) => warnings.push(warning.message)
    process.on('warning', onWarning)
    const pool = new pg.Pool({ connectionString: own.ownerUrl })
    const db = open({ pool })
    await Promise.all([db.query(app('a'), 'SELECT 1'), db.transaction(app('a'), (tx) => tx.query('SELECT 1'))])
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
    await pool.end()
  })

  test('that cannot reach its server names it', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'me', password: 'hunter2', database: 'mine' })
    const error = await failure(open({ pool }).query(owner, 'SELECT 1'))
    expect(error.message).toBe('Cannot reach the database at 127.0.0.1:1/mine as me.')
    await pool.end()
  })
})

describe('behind PgBouncer in transaction mode', () => {
  test('sessions do not mix, and nothing prepared is missed', async () => {
    const db = open({ url: await own.pgbouncerUrl(), max: 20 })
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const sql = `SELECT current_setting('fstore.tenant_id') AS tenant, current_user::text AS role,
                            current_setting('TimeZone') AS zone, $1::int AS n`
        const session = n % 3 ? app(`t${n}`) : owner
        const { rows } =
          n % 2 ? await db.query(session, sql, [n]) : await db.transaction(session, (tx) => tx.query(sql, [n]))
        return rows[0]
      }),
    )
    const role = new URL(own.ownerUrl).username
    expect(answers).toEqual(
      answers.map((_, n) =>
        n % 3 ? { tenant: `t${n}`, role: 'fstore_app', zone: 'UTC', n } : { tenant: '', role, zone: 'UTC', n },
      ),
    )
  })

  test('leaves a connection as it was for others', async () => {
    const url = await own.pgbouncerUrl()
    const db = open({ url })
    await db.query(app('a'), 'SELECT 1')
    await db.transaction(app('a'), (tx) => tx.query('SELECT 1/0')).catch(() => {})
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    for (let n = 0; n < 5; n++) {
      const { rows } = await client.query(
        `SELECT current_user = session_user AS own, current_setting('fstore.tenant_id', true) AS tenant`,
      )
      expect(rows[0].own).toBe(true)
      expect(rows[0].tenant || null).toBe(null)
    }
    await client.end()
  })

  test('migrates, also twice at once, and loads by COPY', async () => {
    const url = await own.pgbouncerUrl()
    const [one, two] = [open({ url }), open({ url })]
    const results = await Promise.all([one, two].map((db) => migrate({ db, schema: 'through' })))
    expect(results.flatMap(({ applied }) => applied.map(({ version }) => version))).toEqual([
      ...new Set(results.flatMap(({ applied }) => applied.map(({ version }) => version))),
    ])
    const count = await one.transaction(owner, async (tx) => {
      await tx.script('CREATE TEMP TABLE copied (n int) ON COMMIT DROP')
      return tx.copyFrom(
        'COPY copied FROM STDIN',
        (async function* () {
          yield Buffer.from('1\n2\n')
        })(),
      )
    })
    expect(count).toBe(2)
  })
})
