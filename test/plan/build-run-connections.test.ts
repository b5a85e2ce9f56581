/** However the database is reached, and by whomever. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { batch, defineConfig, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { sql } from '../../src/config/sql.js'
import { createFeatureStore } from '../../src/create-feature-store.js'
import type { GroupResult } from '../../src/plan/apply.js'
import { asSuperuser, createDatabase, describeEachDatabase, type OwnDatabase } from '../servers/databases.js'
import { sqlOf, Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const span = { entity: user, start: '2024-03-01', end: '2024-03-04' } as const
const spent = batch('spent', {
  ...span,
  sql: sql`SELECT user_id, sum(amount)::bigint AS spent FROM orders WHERE at < :end_time GROUP BY user_id`,
  features: { spent: int64() },
})
const doubled = batch('doubled', {
  ...span,
  sql: sql`SELECT user_id, 2 * max(spent) AS doubled FROM fstore_offline.spent GROUP BY user_id`,
  features: { doubled: int64() },
})
const source = `CREATE TABLE public.orders AS SELECT 'u' || n % 3 AS user_id, n AS amount,
    timestamptz '2024-03-01Z' + n * interval '1 hour' AS at FROM generate_series(0, 70) AS n`
const grant = 'GRANT SELECT ON public.orders TO fstore_app'

describe('PostgreSQL', () => {
  const owned: OwnDatabase[] = []
  let root: string

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-connections-'))
  })
  afterAll(async () => {
    for (const own of owned) await own.drop()
    await rm(root, { recursive: true })
  })

  async function database(): Promise<OwnDatabase> {
    const own = await createDatabase()
    owned.push(own)
    await asSuperuser(own.ownerUrl, `${source}; ${grant}`)
    return own
  }

  /** Builds, reads, changes a source, builds again, reads. */
  async function exercise(database: string, pool?: pg.Pool) {
    const profiles = { default: { database } }
    const config = defineConfig({ project: 'reach', groups: [doubled, spent], profiles })
    const store = createFeatureStore(config, { root, cache: { max: 0 }, ...(pool && { pg: pool }) })
    const read = async () =>
      (await store.getMany({ entity: 'user', keys: ['u0', 'u2'], features: ['doubled.doubled'] })).map(
        (found) => found.features['doubled.doubled']?.value,
      )
    try {
      const first = await store.build()
      expect(first.groups.map(({ error }: GroupResult) => error)).toEqual([undefined, undefined])
      expect(first).toMatchObject({ status: 'done', groups: [{ windows: 3 }, { windows: 3 }] })
      expect(await read()).toEqual([2 * 828, 2 * 805])
      await store.query(`UPDATE orders SET amount = amount + 1 WHERE user_id = 'u2'`)
      const again = await store.materialize({ groups: ['spent'], start: '2024-03-03', end: '2024-03-04' })
      expect(again.groups[0]).toMatchObject({ written: 1, superseded: 1 })
      expect((await store.build()).groups[1]).toMatchObject({ group: 'doubled', windows: 1, superseded: 1 })
      expect(await read()).toEqual([2 * 828, 2 * (805 + 23)])
      expect((await store.build()).upToDate).toBe(true)
    } finally {
      await store.close()
    }
  }

  test('through PgBouncer in transaction mode', async () => {
    const own = await database()
    await exercise(await own.pgbouncerUrl())
  })

  test('as a user who is no superuser', async () => {
    const own = await database()
    await exercise(own.ownerUrl)
  })

  test('on a caller’s own pool of one connection, which stays open and as it was', async () => {
    const own = await database()
    const pool = new pg.Pool({ connectionString: own.ownerUrl, max: 1 })
    try {
      await pool.query(`SET application_name = 'the caller'`)
      const settings = `SELECT current_user, current_setting('application_name'), current_setting('TimeZone'),
        current_setting('search_path'), current_setting('fstore.tenant_id', true)`
      const before = (await pool.query(settings)).rows
      await exercise('postgres://nobody@127.0.0.1:1/nothing', pool)
      expect((await pool.query(settings)).rows).toEqual(
        before.map((row) => expect.objectContaining({ current_user: row.current_user })),
      )
      expect(pool.totalCount).toBe(1)
    } finally {
      await pool.end()
    }
  })

  test('nothing of ours is in public, before or after', async () => {
    const own = await database()
    const objects = async () => {
      const client = new pg.Client({ connectionString: own.url })
      await client.connect()
      const parts = [
        `SELECT 'class', relname::text, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
        `SELECT 'type', typname::text, NULL FROM pg_type WHERE typnamespace = 'public'::regnamespace`,
        `SELECT 'proc', proname::text, NULL FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
        `SELECT 'schema', nspname::text, nspacl::text FROM pg_namespace WHERE nspname = 'public'`,
        `SELECT 'extension', extname::text, NULL FROM pg_extension`,
      ]
      const { rows } = await client.query(`${parts.join(' UNION ALL ')} ORDER BY 1, 2`)
      await client.end()
      return rows
    }
    const before = await objects()
    await exercise(own.ownerUrl)
    expect(await objects()).toEqual(before)
  })

  test('what the role may not read is granted by the statements the error prints', async () => {
    const own = await createDatabase()
    owned.push(own)
    await asSuperuser(
      own.ownerUrl,
      `${source}; CREATE SCHEMA "Odd one"; CREATE TABLE "Odd one"."T" AS SELECT 'u1' AS user_id;
      CREATE TABLE public.fine AS SELECT 1 AS n; GRANT SELECT ON public.fine TO fstore_app;
      CREATE TABLE public.behind AS SELECT 1 AS n; CREATE VIEW public.seen AS SELECT * FROM public.behind`,
    )
    const text = `SELECT o.user_id, sum(amount)::bigint AS spent FROM orders AS o
      JOIN "Odd one"."T" USING (user_id), (SELECT * FROM fine) AS f, seen WHERE at < :end_time GROUP BY 1`
    const denied = batch('denied', { ...span, sql: sqlOf(text), features: { spent: int64() } })
    const store = createFeatureStore(
      defineConfig({ project: 'reach', groups: [denied], profiles: { default: { database: own.ownerUrl } } }),
      { root },
    )
    try {
      const attempts: string[] = []
      for (let attempt = 0; attempt < 3; attempt++) {
        const { error } = (await store.build()).groups[0] as GroupResult
        if (error === undefined) break
        expect(error.code).toBe('SOURCE_DENIED')
        attempts.push(error.fix as string)
        await asSuperuser(own.ownerUrl, `SET search_path = public; ${error.fix}`)
      }
      expect(attempts.join('\n')).toContain('GRANT SELECT ON TABLE public.orders TO fstore_app;')
      expect(attempts.join('\n')).toContain('GRANT SELECT ON TABLE "Odd one"."T" TO fstore_app;')
      expect(attempts.join('\n')).toContain('GRANT USAGE ON SCHEMA "Odd one" TO fstore_app;')
      expect(attempts.join('\n')).not.toMatch(/fine|behind/)
      // A view shows itself only when it is refused.
      expect(attempts.length).toBeLessThanOrEqual(2)
      expect((await store.build()).upToDate).toBe(true)
    } finally {
      await store.close()
    }
  })
})

describeEachDatabase((given) => {
  test('the project’s schema has any name', async () => {
    const trial = new Trial({ db: given.db, schema: 'select' })
    await trial.script(`${source}`)
    await trial.migrate()
    await trial.script(grant)
    const text = 'SELECT user_id, 2 * max(spent) AS doubled FROM select_offline.spent GROUP BY user_id'
    await trial.declare(batch('doubled', { ...span, sql: sqlOf(text), features: { doubled: int64() } }), spent).built()
    expect((await trial.latest('doubled')).map(({ doubled }) => doubled)).toEqual([2 * 828, 2 * 852, 2 * 805])
  })
})
