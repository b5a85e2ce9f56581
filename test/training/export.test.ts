/** Exports over several connections, next to other sessions and other tenants, and what they leave behind: nothing. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import type { Database } from '../../src/db/database.js'
import { openPostgres } from '../../src/db/postgres.js'
import { batch, entity, int64, sql, string } from '../../src/index.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import { Catalog } from '../../src/registry/catalog.js'
import { type ExportRequest, exportPointInTime } from '../../src/training/export.js'
import { runParts } from '../../src/training/parts.js'
import { picksOf } from '../../src/training/picks.js'
import { pointInTimeRows } from '../../src/training/rows.js'
import { Trial } from '../plan/trial.js'
import { createDatabase, describeEachDatabase, type OwnDatabase } from '../servers/databases.js'
import { writeHistory } from './feature-history.js'
import { spineTables } from './spines.js'

const once = { start: '2026-01-01', end: '2026-01-01T12:00:00Z', sql: sql`SELECT 1` } as const
const groups = [
  batch('stats', { entity: entity('user', { user_id: 'string' }), ...once, features: { n: int64() } }),
  batch('notes', { entity: entity('page', { page: 'string' }), ...once, features: { note: string() } }),
]
const at = '2026-03-01T00:00:00Z'
const stamps = { event_timestamp: at, created_at: at }
const users = Array.from({ length: 200 }, (_, i) => `u${i}`)
const spine = {
  sql: `SELECT 'u' || i % 250 AS user_id, 'p' || i AS page, timestamptz '${at}' + i * interval '1 minute' AS event_timestamp, i
    FROM generate_series(1, 600) AS i ORDER BY i * 7 % 601`,
}

type Asked = Partial<ExportRequest> & { readonly db: Database }

async function fill(trial: Trial, of: (user: string) => number): Promise<void> {
  await writeHistory(trial, { group: 'stats', rows: users.map((user_id) => ({ user_id, n: of(user_id), ...stamps })) })
}

async function requested(trial: Trial, asked: Asked): Promise<ExportRequest> {
  const catalog = await new Catalog(trial.db, 'fstore').entries()
  const picks = await picksOf({ project: trial.project, catalog }, ['stats.n', 'notes.note'])
  const { tenant } = trial
  return {
    schemas: schemasOf('fstore'),
    tenant,
    source: spine,
    picks,
    knownAt: false,
    names: 'short',
    format: 'csv',
    ...asked,
  }
}

async function exported(request: ExportRequest, meanwhile?: (piece: number) => Promise<void>) {
  const pieces: Buffer[] = []
  const report = await exportPointInTime(request, async (bytes) => {
    pieces.push(Buffer.from(bytes))
    await meanwhile?.(pieces.length)
  })
  return { text: Buffer.concat(pieces).toString(), report }
}

describe('on PostgreSQL', () => {
  let own: OwnDatabase
  let db: Database
  let trial: Trial

  beforeAll(async () => {
    own = await createDatabase()
    db = openPostgres({ url: own.ownerUrl })
    trial = new Trial({ db }).declare(...groups)
    await trial.built()
    await fill(trial, (user) => Number(user.slice(1)))
    await writeHistory(trial, { group: 'notes', rows: [{ page: 'p1', note: 'a "b"\nc', ...stamps }] })
  })
  afterEach(async () => {
    expect(await spineTables(db)).toEqual([])
    expect(await others(db)).toEqual([])
  })
  afterAll(async () => {
    await db?.close()
    await own?.drop()
  })

  test.each(['csv', 'jsonl', 'parquet'] as const)('several connections give the same %s as one', async (format) => {
    const one = await exported(await requested(trial, { db, format }))
    const four = await exported(await requested(trial, { db, format, rowsPerConnection: 90 }))
    expect([one.report.connections, four.report.connections]).toEqual([1, 4])
    expect(four.text === one.text).toBe(true)
    expect(four.report.groups).toEqual(one.report.groups)
  })

  test('through PgBouncer', async () => {
    const pooled = openPostgres({ url: await own.pgbouncerUrl() })
    try {
      const one = await exported(await requested(trial, { db }))
      // It has fewer connections than the export would use, and gives them to whom it likes.
      for (let i = 0; i < 10; i++) {
        const four = await exported(await requested(trial, { db: pooled, rowsPerConnection: 1 }))
        expect(four.report.connections).toBe(4)
        expect(four.text === one.text).toBe(true)
      }
    } finally {
      await pooled.close()
    }
  })

  test('all see one state of the store, whoever writes meanwhile', async () => {
    const { table } = await trial.compiled('stats')
    let round = 0
    let writing = true
    const writer = (async () => {
      while (writing)
        await db.query({ role: 'app', tenant: 'default' }, `UPDATE ${table.history} SET n = ${1000 + round++}`)
    })()
    try {
      for (let i = 0; i < 5; i++) {
        const asked = { db: openPostgres({ url: own.ownerUrl }), rowsPerConnection: 1 }
        const { text, report } = await exported(await requested(trial, asked))
        await asked.db.close()
        const seen = new Set([...text.matchAll(/,(\d{4,}),[^,]*$/gm)].map(([, n]) => n))
        expect(report.connections).toBe(4)
        expect(seen.size).toBe(1)
      }
      expect(round).toBeGreaterThan(5)
    } finally {
      writing = false
      await writer
      await fill(trial, (user) => Number(user.slice(1)))
    }
  })

  test('a reader that fails ends all of them', async () => {
    const request = await requested(trial, { db, rowsPerConnection: 90 })
    const failing = exported(request, async (piece) => {
      if (piece === 3) throw new Error('No more')
    })
    await expect(failing).rejects.toThrow('No more')
  })

  test('a connection that is lost ends all of them', async () => {
    const request = await requested(trial, { db, rowsPerConnection: 90 })
    const failing = exported(request, async (piece) => {
      if (piece === 1)
        await db.query(
          { role: 'owner' },
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
        )
    })
    await expect(failing).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  })

  test('one that is told to stop ends all of them', async () => {
    const controller = new AbortController()
    const request = await requested(trial, { db, rowsPerConnection: 90, signal: controller.signal })
    await expect(exported(request, async () => controller.abort())).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await expect(exported(request)).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })

  test('more exports at once than there are connections', async () => {
    const requests = await Promise.all(Array.from({ length: 8 }, () => requested(trial, { db, rowsPerConnection: 1 })))
    const all = await Promise.all(requests.map((request) => exported(request)))
    const [first] = all
    expect(all.every(({ text }) => text === first?.text)).toBe(true)
    expect(Math.max(...all.map(({ report }) => report.connections))).toBe(4)
    // All that begin at once would hold a connection each, and wait for more.
    const runs = all.map(() =>
      runParts({
        db,
        session: { role: 'app' },
        rows: 4,
        rowsPerConnection: 1,
        join: async () => 'joined',
        async read() {},
      }),
    )
    expect((await Promise.all(runs)).map(({ length }) => length)).toEqual([4, 1, 1, 1, 1, 1, 1, 1])
  })

  test('a small pool keeps one connection for its reader', async () => {
    const small = openPostgres({ url: own.ownerUrl, max: 3 })
    try {
      const sql = spine.sql.replace(', i\n', ", i, repeat('x', 5000) AS pad\n")
      let rows = 0
      for await (const _ of pointInTimeRows(
        await requested(trial, { db: small, source: { sql }, rowsPerConnection: 90 }),
      ))
        if (rows++ % 100 === 0) await small.query({ role: 'app' }, 'SELECT 1')
      expect(rows).toBe(600)
    } finally {
      await small.close()
    }
  })

  test('a pool of the caller lends one connection', async () => {
    const pool = new pg.Pool({ connectionString: own.ownerUrl, max: 1 })
    const lent = openPostgres({ pool })
    try {
      const { report, text } = await exported(await requested(trial, { db: lent, rowsPerConnection: 1 }))
      expect(report.connections).toBe(1)
      expect(text).toBe((await exported(await requested(trial, { db }))).text)
    } finally {
      await lent.close()
      await pool.end()
    }
  })
})

describeEachDatabase((given) => {
  let trial: Trial

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(...groups)
    await trial.built()
    await fill(trial, (user) => Number(user.slice(1)))
    const other = trial.as('other')
    await other.built()
    await fill(other, (user) => -1 - Number(user.slice(1)))
  })
  afterEach(async () => expect(await spineTables(given.db)).toEqual([]))

  test('each tenant is given its own', async () => {
    const rows = [{ user_id: 'u7', page: 'p1', event_timestamp: at }]
    const results = ['default', 'other', 'nobody'].map(async (tenant) => {
      const { text } = await exported(await requested(trial.as(tenant), { db: given.db, source: { rows } }))
      return text.split('\n')[1]
    })
    expect(await Promise.all(results)).toEqual([
      'u7,p1,2026-03-01 00:00:00+00,7,',
      'u7,p1,2026-03-01 00:00:00+00,-8,',
      'u7,p1,2026-03-01 00:00:00+00,,',
    ])
  })

  test.each([
    ['a break', 1],
    ['the first row, and a wait', 0],
  ])('a reader who stops early with %s', async (_, rows) => {
    const stream = pointInTimeRows(await requested(trial, { db: given.db, rowsPerConnection: 90 }))
    if (rows === 0) {
      await stream.next()
      await stream.return(undefined as never)
    } else for await (const _row of stream) break
    expect(await spineTables(given.db)).toEqual([])
    expect(await stream.next()).toMatchObject({ done: true })
  })

  test('a reader who throws', async () => {
    const reading = async () => {
      for await (const _row of pointInTimeRows(await requested(trial, { db: given.db }))) throw new Error('Not mine')
    }
    await expect(reading()).rejects.toThrow('Not mine')
  })

  test('a reader may ask the database for more meanwhile', async () => {
    // More than lies in any buffer.
    const sql = spine.sql.replace(', i\n', ", i, repeat('x', 5000) AS pad\n")
    const source = { rows: [{ user_id: 'u1', page: '', event_timestamp: at }] }
    const inner = await requested(trial, { db: given.db, source })
    let rows = 0
    for await (const _ of pointInTimeRows(
      await requested(trial, { db: given.db, source: { sql }, rowsPerConnection: 90 }),
    ))
      if (rows++ % 200 === 0)
        for await (const { features } of pointInTimeRows(inner)) expect(features).toMatchObject({ 'stats.n': 1 })
    expect(rows).toBe(600)
  })

  test('what fails before the first row is told, and leaves nothing', async () => {
    const request = await requested(trial, {
      db: given.db,
      source: { rows: [{ user_id: 'u1', event_timestamp: 'now' }] },
    })
    const rows = pointInTimeRows(request)
    await expect(rows.next()).rejects.toMatchObject({ code: 'SPINE_INVALID' })
  })
})

test('no one else reads a spine', async () => {
  const own = await createDatabase()
  const db = openPostgres({ url: own.ownerUrl })
  try {
    const trial = new Trial({ db }).declare(...groups)
    await trial.built()
    // One that a single connection joins is that connection's alone.
    await exported(await requested(trial, { db }), async () => expect(await spineTables(db)).toEqual([]))
    const seen: Record<string, unknown> = {}
    for (const source of [spine, { rows: [{ user_id: 'u1', page: 'p', event_timestamp: at }] }])
      await exported(await requested(trial, { db, source, rowsPerConnection: 1 }), async () => {
        const [name] = await spineTables(db)
        const count = `SELECT count(*) AS rows FROM fstore_offline.${name}`
        for (const tenant of ['default', 'other', undefined]) {
          const session = { role: 'app' as const, ...(tenant !== undefined && { tenant }) }
          seen[tenant ?? 'none'] = (await db.query(session, count)).rows[0]?.rows
        }
        seen.owner = (await db.query({ role: 'owner' }, count)).rows[0]?.rows
        const { rows } = await db.query(
          { role: 'owner' },
          `SELECT relrowsecurity AND relforcerowsecurity AS held FROM pg_class WHERE relname = '${name}'`,
        )
        expect(rows).toEqual([{ held: true }])
        const wrong = db.query(
          { role: 'app', tenant: 'other' },
          `INSERT INTO fstore_offline.${name} (fstore_ordinal, fstore_tenant) VALUES (1, 'default')`,
        )
        await expect(wrong).rejects.toMatchObject({ code: '42501' })
        expect(seen).toEqual({ default: expect.any(Number), other: 0, none: 0, owner: 0 })
        expect(seen.default).toBeGreaterThan(0)
      })
  } finally {
    await db.close()
    await own.drop()
  }
})

/** Sessions that were left in a transaction. */
async function others(db: Database): Promise<unknown[]> {
  const { rows } = await db.query(
    { role: 'owner' },
    `SELECT state, query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
  )
  return rows
}
