/** Commits out of order, and versions that become live: nothing is lost, and nobody sees half of it. */

import { expect, test } from '@jest/globals'
import { openRedis } from '../../src/db/redis.js'
import { projectKeys, rowPrefix } from '../../src/online/redis-keys.js'
import { build } from '../../src/plan/execute.js'
import { describeEachDatabase } from '../servers/databases.js'
import { givenProjected, type Projected, sentRows, spent } from './projected.js'

async function filled(store: Projected, users: number): Promise<void> {
  await store.script(`INSERT INTO source SELECT 'default', 'u' || n, n, NULL, '2024-03-01T12:00:00Z'
    FROM generate_series(1, ${users}) AS n`)
}

describeEachDatabase(
  (given) => {
    const own = givenProjected(given)

    test('what commits after a sync, in a transaction that began before it, comes with the next', async () => {
      const { store } = own
      await filled(store, 3)
      await store.built({ online: true })
      const { table } = await store.compiled('spent')
      const write = (user: string) => `INSERT INTO ${table.latest} (tenant_id, user_id, event_timestamp, created_at,
        written_at, spent) VALUES ('default', '${user}', '2024-03-02Z', now(), now(), 1)`
      await given.db.transaction({ role: 'app', tenant: 'default' }, async (tx) => {
        await tx.query(write('early'))
        await store.rows(`${write('late')} RETURNING 1`)
        expect(await store.sync()).toMatchObject({ groups: [{ rows: sentRows(given, 1) }] })
        expect(Object.keys(await store.inRedis())).toContain('late')
      })
      await store.sync()
      expect(Object.keys(await store.inRedis())).toContain('early')
      expect(await store.inRedis()).toEqual(await store.inLatest())
    })
  },
  ['postgres alone'],
)

describeEachDatabase(
  (given) => {
    const own = givenProjected(given)

    test('a version is live in Redis only when it is there for every tenant', async () => {
      const { store } = own
      const acme = store.as('acme')
      await filled(store, 2_000)
      await store.script(`INSERT INTO source VALUES ('acme', 'a', 1, NULL, '2024-03-01Z')`)
      for (const one of [store, acme]) await one.built({ online: true })
      const { active } = projectKeys(store.project.name)
      const was = await store.redis.command('hget', active, 'spent')
      store.declare(spent({ factor: 2 }))
      const next = store.as('acme')
      const first = await store.built({ online: true })
      expect(first.of('spent')).toMatchObject({ promoted: false, sent: sentRows(given, 2_000) })
      expect(await store.redis.command('hget', active, 'spent')).toBe(was)
      let rows = -1
      const watch = setInterval(async () => {
        if (rows >= 0 || (await store.redis.command('hget', active, 'spent')) === was) return
        const { fingerprint } = (await store.compiled('spent')).definition
        const found = new Set<string>()
        for await (const names of store.redis.scan(rowPrefix(store.project.name)))
          for (const name of names) if (name.endsWith(fingerprint)) found.add(name)
        rows = found.size
      }, 1)
      const second = await next.built({ online: true })
      while (rows < 0) await new Promise((resolve) => setTimeout(resolve, 10))
      clearInterval(watch)
      expect(second.of('spent')).toMatchObject({ promoted: true, sent: sentRows(given, 1) })
      expect(rows).toBe(2_001)
      for (const one of [store, next]) {
        expect(await one.inRedis()).toEqual(await one.inLatest())
        expect(await one.verify({ all: true })).toMatchObject({ ok: true })
      }
    })

    test('a Redis that fails leaves what was built in Postgres, and no new version live', async () => {
      const { store } = own
      await filled(store, 3)
      const events: string[] = []
      const redis = openRedis({ url: 'redis://127.0.0.1:1' })
      const work = build({ ...store.scope, redis }, { online: true })
      let next = await work.next()
      for (; !next.done; next = await work.next()) events.push(next.value.type)
      await redis.close()
      expect(next.value).toMatchObject({
        status: 'failed',
        onlineError: { code: 'REDIS_UNREACHABLE', fix: expect.stringContaining('fstore sync') },
        groups: [{ status: 'built', written: 3, promoted: false, sent: 0 }],
      })
      expect(events.filter((type) => type === 'online-failed')).toHaveLength(1)
      expect(await store.built({ online: true })).toMatchObject({
        upToDate: false,
        groups: [{ promoted: true, sent: sentRows(given, 3) }],
      })
      expect(await store.built({ online: true })).toMatchObject({
        upToDate: true,
        groups: [{ status: 'unchanged', sent: sentRows(given, 0) }],
      })
    })
  },
  ['pglite', 'postgres alone'],
)
