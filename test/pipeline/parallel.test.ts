/** Windows side by side leave what windows one after another leave, whoever comes between. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { batch, entity } from '../../src/config/define.js'
import { int64, string } from '../../src/config/feature.js'
import type { Database } from '../../src/db/database.js'
import { openPGlite } from '../../src/db/pglite.js'
import { openPostgres } from '../../src/db/postgres.js'
import { erase } from '../../src/maintenance/erase.js'
import { sqlOf, Trial } from '../plan/trial.js'
import { cacheDirectory, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { leftBehind } from '../trust/left-behind.js'

const span = { entity: entity('user', { user_id: 'string' }), start: '2024-01-20', end: '2024-02-20' } as const
const windows = 31
/** A day with an amount of 0 fails. */
const daily = batch('daily', {
  ...span,
  sql: sqlOf(`SELECT user_id, sum(amount)::bigint AS amount, (1 / min(min(amount)) OVER ())::text AS inverse
    FROM orders WHERE at >= :start_time AND at < :end_time GROUP BY user_id`),
  features: { amount: int64({ max: 500 }), inverse: string() },
})
const total = batch('total', {
  ...span,
  sql: sqlOf('SELECT user_id, sum(amount)::bigint AS total FROM fstore_offline.daily GROUP BY user_id'),
  features: { total: int64() },
})

const source = `CREATE TABLE orders AS SELECT 'u' || n % 7 AS user_id, timestamptz '2024-01-20Z' + n * interval '37 minutes' AS at,
    n * n % 101 + 1 AS amount FROM generate_series(0, 1200) AS n;
  INSERT INTO orders VALUES ('u1', '2024-02-01T01:00Z', 9999); GRANT SELECT ON orders TO fstore_app`

const one = batch('one', {
  ...span,
  sql: sqlOf(`SELECT 'u' AS user_id, 1 AS n`),
  end: '2024-01-21',
  features: { n: int64() },
})

let expected: Awaited<ReturnType<typeof leftBehind>>
const open: { drop(): Promise<void> }[] = []
afterAll(async () => {
  for (const one of open) await one.drop()
})

async function place(): Promise<{ own: OwnDatabase; db: Database; trial: Trial }> {
  const own = await createDatabase()
  const db = openPostgres({ url: own.ownerUrl, max: 8 })
  open.push({ drop: () => db.close().then(() => own.drop()) })
  const trial = new Trial({ db }).declare(total, daily)
  await trial.migrate()
  await trial.script(source)
  return { own, db, trial }
}

describe('on postgres', () => {
  let own: OwnDatabase
  let db: Database
  let trial: Trial

  beforeAll(async () => {
    const calm = await place()
    await calm.trial.built()
    expected = await leftBehind(calm.db)
  })
  beforeEach(async () => {
    ;({ own, db, trial } = await place())
  })

  test('two builds of four windows each, at once', async () => {
    const other = new Trial({ db: openPostgres({ url: own.ownerUrl }) }).declare(total, daily)
    const both = await Promise.all([trial.built({ parallel: 4 }), other.built({ parallel: 4 })])
    await other.db.close()
    expect(await leftBehind(db)).toEqual(expected)
    for (const group of ['daily', 'total'])
      expect(both.reduce((sum, done) => sum + done.of(group).windows, 0)).toBeGreaterThanOrEqual(windows)
    // What each has done is told once, and rises.
    for (const { events } of both) {
      const done = events.flatMap((event) => (event.type === 'window' && event.group === 'daily' ? [event.done] : []))
      expect(done).toEqual([...new Set(done)].sort((a, b) => a - b))
    }
  })

  test('one that fails lets those under way end, and begins no more', async () => {
    await trial.script(`INSERT INTO orders VALUES ('u1', '2024-01-30T12:00Z', 0)`)
    const done = await trial.build({ parallel: 4 })
    expect(done.of('daily')).toMatchObject({ status: 'failed', error: { code: 'SQL_FAILED' } })
    expect(done.of('total')).toMatchObject({ status: 'blocked' })
    const began = done.events.flatMap((event) => (event.type === 'window' ? [event.end] : []))
    expect(began.length).toBeLessThan(15)
    expect((await trial.rows('SELECT status, windows_done FROM fstore.jobs'))[0]).toEqual({
      status: 'failed',
      windows_done: began.length,
    })
    await trial.script('DELETE FROM orders WHERE amount = 0')
    await trial.built({ parallel: 4 })
    expect(await leftBehind(db)).toEqual(expected)
  })

  /** Windows of a group are computed, and wait for its coverage, which we hold meanwhile. */
  async function between(group: string, work: (client: pg.Client) => Promise<Promise<unknown>[]>): Promise<void> {
    const client = new pg.Client({ connectionString: own.url })
    await client.connect()
    try {
      await client.query('BEGIN')
      await client.query(`SELECT FROM fstore.coverage WHERE group_name = '${group}' FOR UPDATE`)
      const building = trial.built({ parallel: 3 })
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
      while ((await db.query({ role: 'owner' }, waiting)).count < 3) await sleep(20)
      const meanwhile = await work(client)
      await client.query('COMMIT')
      await Promise.all([building, ...meanwhile])
    } finally {
      await client.end()
    }
  }

  test('a person erased while rows are under way does not come back', async () => {
    const slow = batch('slow', {
      ...{ ...span, end: '2024-01-25' },
      sql: sqlOf(`SELECT user_id, sum(amount)::bigint AS amount FROM orders, pg_sleep(0.3)
        WHERE at >= :start_time AND at < :end_time GROUP BY user_id`),
      features: { amount: int64() },
    })
    const building = trial.declare(slow).built({ parallel: 3 })
    const sleeping = `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query ~ '^CREATE' AND datname = current_database()`
    while ((await db.query({ role: 'owner' }, sleeping)).count < 2) await sleep(5)
    await trial.script(`DELETE FROM orders WHERE user_id = 'u3'`)
    await erase(trial.scope, 'default', { entity: 'user', key: 'u3' })
    await building
    expect(await trial.rows(`SELECT FROM fstore_offline.slow WHERE user_id = 'u3'`)).toEqual([])
  })

  test('what is read changes after it was read: it is read again', async () => {
    await trial.built({ end: '2024-01-25' })
    await trial.built({ select: ['daily'] })
    const { table, definition } = await trial.compiled('daily')
    await between('total', async (client) => {
      await client.query(`UPDATE ${table.history} SET amount = amount + 1000 WHERE event_timestamp = '2024-01-22Z'`)
      await client.query(
        `UPDATE fstore.coverage SET last_stamp = last_stamp + interval '1 second' WHERE fingerprint = $1`,
        [definition.fingerprint],
      )
      return []
    })
    const [wrong] = await trial.rows(
      `SELECT count(*) AS n FROM fstore_offline.total AS t WHERE event_timestamp > '2024-01-25Z' AND total <>
         (SELECT sum(amount) FROM fstore_offline.daily AS d WHERE d.user_id = t.user_id AND d.event_timestamp <= t.event_timestamp)`,
    )
    expect(wrong).toEqual({ n: 0 })
  })
})

test('the embedded database, and a role that may not stage rows, run one window after another and say so', async () => {
  const embedded = openPGlite({ cacheDirectory })
  const { own, db, trial } = await place()
  try {
    await trial.script(`REVOKE TEMPORARY ON DATABASE ${own.name} FROM PUBLIC`)
    for (const [where, why] of [
      [db, 'TEMPORARY'],
      [embedded, 'embedded'],
    ] as const) {
      const { events } = await new Trial({ db: where }).declare(one).built({ parallel: 2 })
      expect(events[0]).toMatchObject({ type: 'note', message: expect.stringContaining(why) })
    }
    await expect(trial.build({ parallel: 0 })).rejects.toMatchObject({ code: 'USAGE' })
  } finally {
    await embedded.close()
  }
})
