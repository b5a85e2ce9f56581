/** Builds in processes of their own: killed at any moment, and several at once. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Row } from '../../src/db/database.js'
import { rounds } from '../rounds.js'
import { type Place, Program } from './program.js'

const config = `import { batch, defineConfig, entity, float64, int64, sql } from 'featurestore'
const user = entity('user', { user_id: 'int64' })
const span = { entity: user, start: '2024-02-15', end: '2024-03-16' } as const
export default defineConfig({ project: 'crash', groups: [
  batch('growth', { ...span, every: '7d', features: { share: float64() },
    sql: sql\`SELECT user_id, max(amount)::float8 / sum(amount) AS share FROM fstore_offline.daily GROUP BY user_id\` }),
  batch('daily', { ...span, features: { amount: int64({ max: 500 }) },
    sql: sql\`SELECT user_id, sum(amount) AS amount FROM orders
      WHERE at >= :start_time AND at < :end_time GROUP BY user_id\` }),
  batch('each_order', { ...span, partition: 'year', features: { amount: int64() },
    sql: sql\`SELECT user_id, at AS event_timestamp, amount FROM orders WHERE at >= :start_time AND at < :end_time\` }),
] })`

const source = `CREATE TABLE orders (user_id int, at timestamptz, amount int);
  INSERT INTO orders SELECT n % 7, timestamptz '2024-02-15Z' + n * interval '17 minutes 1 second', n * n % 101
  FROM generate_series(0, 2500) AS n`
const windows = 30 + 30 + 3

let program: Program

beforeAll(async () => {
  program = await Program.compile()
})
afterAll(async () => {
  await program.remove()
})

const prepared = (kind: 'pglite' | 'postgres') => program.place(kind, { 'featurestore.config.ts': config }, source)

/** All that a build leaves, but for when and by which job. */
function state(place: Place): Promise<Record<string, Row[]>> {
  return place.using(async (db) => {
    const read = async (sql: string) => (await db.query({ role: 'app', tenant: 'default' }, sql)).rows
    const tables = await read(`SELECT schemaname || '.' || quote_ident(tablename) AS name FROM pg_tables
      WHERE schemaname IN ('fstore_offline', 'fstore_online') AND tablename ~ '__[0-9a-f]{12}$' ORDER BY 1`)
    const left: Record<string, Row[]> = {}
    for (const { name } of tables) {
      const content = "to_jsonb(t) - '{created_at,job_id,written_at,xid}'::text[] AS row"
      left[name] = await read(`SELECT ${content} FROM ${name} AS t ORDER BY user_id, event_timestamp`)
    }
    left.coverage = await read('SELECT fingerprint, covered::text, stale::text FROM fstore.coverage ORDER BY 1')
    left.rejected = await read(`SELECT fingerprint, window_start, reasons, content FROM fstore.rejected_rows
      ORDER BY fingerprint, window_start, content::text`)
    left.groups = await read('SELECT name, active_fingerprint FROM fstore.groups ORDER BY 1')
    return left
  })
}

function jobs(place: Place): Promise<Row[]> {
  return place.using(async (db) => {
    const { rows } = await db.query({ role: 'app', tenant: 'default' }, 'SELECT * FROM fstore.jobs ORDER BY id')
    return rows
  })
}

async function finish({ root, env }: Place) {
  const ended = await program.run(root, ['build'], env)
  expect(ended).toMatchObject({ code: 0 })
  return ended
}

const done = (rows: readonly Row[]) => rows.reduce((sum, job) => sum + job.windows_done, 0)

describe.each([
  ['pglite', 1],
  ['postgres', 2],
] as const)('on %s', (kind, usual) => {
  // Each run is several processes and seconds long.
  const runs = Math.min(rounds(usual).numRuns, 20)
  let undisturbed: Record<string, Row[]>

  beforeAll(async () => {
    const calm = await prepared(kind)
    await finish(calm)
    undisturbed = await state(calm)
    expect(undisturbed.coverage?.length).toBe(3)
    expect(undisturbed.rejected?.length).toBeGreaterThan(0)
    expect(done(await jobs(calm))).toBe(windows)
  })

  test(
    'killed at any moment, and run again, it ends as though nothing had happened',
    async () => {
      // After so many lines of progress, and a little; or early on, before there is any.
      const moments = fc.oneof(
        {
          weight: 3,
          arbitrary: fc.record({ lines: fc.integer({ min: 1, max: 70 }), ms: fc.integer({ min: 0, max: 15 }) }),
        },
        { weight: 1, arbitrary: fc.record({ lines: fc.constant(0), ms: fc.integer({ min: 200, max: 1500 }) }) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(moments, { minLength: 2, maxLength: 4 }), async (kills) => {
          const hurt = await prepared(kind)
          const killed: number[] = []
          for (const { lines, ms } of kills) {
            const running = program.start(hurt.root, ['build', '--json'], hurt.env)
            await running.printed(lines)
            await sleep(ms)
            running.kill()
            if ((await running.ended).code === null) killed.push(running.pid)
          }
          await finish(hurt)
          expect(await state(hurt)).toEqual(undisturbed)
          const all = await jobs(hurt)
          expect(done(all)).toBe(windows)
          for (const { status, error_message, pid, completed_at } of all) {
            expect(completed_at).not.toBeNull()
            if (status !== 'completed')
              expect({ status, error_message }).toEqual({ status: 'failed', error_message: 'its process died' })
            if (status !== 'completed') expect(killed).toContain(pid)
          }
        }),
        { numRuns: runs, endOnFailure: true },
      )
    },
    60_000 + runs * 60_000,
  )

  if (kind === 'postgres')
    test('two builds at once do the work once', async () => {
      const shared = await prepared(kind)
      const ended = await Promise.all([1, 2].map(() => program.run(shared.root, ['build'], shared.env)))
      expect(ended).toMatchObject([{ code: 0 }, { code: 0 }])
      expect(await state(shared)).toEqual(undisturbed)
      const all = await jobs(shared)
      expect(done(all)).toBe(windows)
      expect(all.map(({ status }) => status)).toEqual(all.map(() => 'completed'))
      expect(all.reduce((sum, job) => sum + job.rows_superseded, 0)).toBe(0)
    })
  else
    test('a second build at once is refused, naming who holds the project', async () => {
      const shared = await prepared(kind)
      const first = program.start(shared.root, ['build', '--json'], shared.env)
      await first.printed(2)
      const second = await program.run(shared.root, ['build'], shared.env)
      expect(second).toMatchObject({ code: 6, stdout: '' })
      expect(second.stderr).toContain(`Process ${first.pid} (fstore.js build) holds the project`)
      expect(await first.ended).toMatchObject({ code: 0 })
      expect(await state(shared)).toEqual(undisturbed)
    })
})
