/** What Redis holds after a sync is what the latest tables hold, whatever came between. */

import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { projectKeys, syncedField } from '../../src/online/redis-keys.js'
import type { SyncOptions } from '../../src/online/sync.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { givenProjected, type Projected, sentRows, spent, Watched } from './projected.js'

const days = ['2024-03-01', '2024-03-02', '2024-03-03']
/** More than a sync sends before it remembers how far it is. */
const many = 22_500

/** A source of so many users, built without a Redis. */
async function filled(store: Projected, users = many): Promise<void> {
  await store.script(`INSERT INTO source SELECT 'default', 'user ' || n, n, NULL, '2024-03-01T12:00:00Z'
    FROM generate_series(1, ${users}) AS n`)
  await store.built()
}

async function expectSent(store: Projected): Promise<void> {
  expect(await store.inRedis()).toEqual(await store.inLatest())
  expect(await store.verify({ all: true })).toMatchObject({ ok: true, examples: [] })
}

describeEachDatabase(
  (given) => {
    const own = givenProjected(given)

    test('the first sync sends all, the next what has changed, and readers are told which version it is', async () => {
      const { store } = own
      await store.script(`INSERT INTO source VALUES ('default', 'ann', 1, 'a"\\\\ü', '2024-03-01Z'),
      ('default', 'b:{o}@b', 2, NULL, '2024-03-01Z')`)
      await store.built()
      const first = await store.sync()
      expect(first).toMatchObject({
        status: 'done',
        reset: null,
        published: ['spent'],
        groups: [{ rows: sentRows(given, 2), whole: true }],
      })
      expect(await store.inRedis()).toEqual(await store.inLatest())
      const { active, versions } = projectKeys(store.project.name)
      const { fingerprint } = (await store.compiled('spent')).definition
      expect(await store.redis.command('hget', active, 'spent')).toBe(`1:${fingerprint}`)
      const described = JSON.parse((await store.redis.command('hget', versions, `spent@${fingerprint}`)) as string)
      expect(described).toEqual({
        group: 'spent',
        entity: 'user',
        version: 1,
        fingerprint,
        keys: [{ name: 'user_id', type: 'string' }],
        features: [
          { name: 'spent', dataType: 'int64' },
          { name: 'note', dataType: 'string' },
        ],
      })
      expect(await store.sync()).toMatchObject({ published: [], groups: [{ rows: sentRows(given, 0), whole: false }] })
      await store.script(`UPDATE source SET amount = 5 WHERE user_id = 'ann'`)
      await store.built({ full: true })
      expect(await store.sync()).toMatchObject({ groups: [{ rows: sentRows(given, 1), whole: false }] })
      await expectSent(store)
    })

    const change = fc.record({
      tenant: fc.constantFrom('default', 'acme'),
      user: fc.constantFrom('u1', 'u2', 'u3'),
      day: fc.constantFrom(...days),
      amount: fc.option(fc.integer({ min: 0, max: 5 })),
    })
    const command = fc.oneof(
      change.map((what) => ({ kind: 'change' as const, what })),
      fc.record({
        kind: fc.constant('build' as const),
        tenant: fc.constantFrom('default', 'acme'),
        online: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('sync' as const), allTenants: fc.boolean(), full: fc.boolean() }),
      fc.constantFrom({ kind: 'flush' as const }, { kind: 'forget' as const }),
    )
    const runs = rounds(10)

    test(
      'of any builds, corrections, retractions and losses',
      async () => {
        const { store } = own
        await fc.assert(
          fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
            for (const one of [...commands, { kind: 'sync', allTenants: true, full: false } as const]) {
              if (one.kind === 'change') {
                const { tenant, user, day, amount } = one.what
                await store.script(`DELETE FROM source WHERE tenant = '${tenant}' AND user_id = '${user}'
                AND at = '${day}Z'`)
                if (amount !== null)
                  await store.script(`INSERT INTO source VALUES ('${tenant}', '${user}', ${amount}, NULL, '${day}Z')`)
              } else if (one.kind === 'build') await store.as(one.tenant).built({ full: true, online: one.online })
              else if (one.kind === 'sync') await store.sync(one)
              else await lose(store, one.kind)
            }
            for (const tenant of ['default', 'acme']) {
              const seen = store.as(tenant)
              expect(await seen.verify({ all: true })).toMatchObject({ ok: true })
              const live = (await seen.verify()).groups.length > 0
              if (live) expect(await seen.inRedis()).toEqual(await seen.inLatest())
            }
          }),
          runs,
        )
      },
      patience(20, 5_000),
    )

    /** All of the project, or only how far it was sent. */
    async function lose({ redis, project }: Projected, what: 'flush' | 'forget'): Promise<void> {
      const keys = projectKeys(project.name)
      if (what === 'flush') for await (const names of redis.scan(`fs:{${project.name}`)) await redis.unlink(names)
      else await redis.unlink([keys.synced])
    }

    test('stopped anywhere it goes on from there, and what changed meanwhile is not lost', async () => {
      const { store, url } = own
      await filled(store)
      let rows = 0
      for (const [round, at] of [3, 11, 1, 7].entries()) {
        const stop = new AbortController()
        const redis = new Watched(url, at, () => stop.abort())
        const stopped = await store.sync({ signal: stop.signal }, redis)
        await redis.close()
        expect(stopped).toMatchObject({ status: 'cancelled', groups: [{ whole: true }] })
        rows += stopped.groups[0]?.rows ?? 0
        await store.script(`UPDATE source SET amount = -1 WHERE user_id IN ('user 1', 'user 4${round}', 'user 9999')`)
        await store.built({ full: true })
      }
      expect(rows).toBeLessThan(many)
      const last = await store.sync()
      expect(last).toMatchObject({ status: 'done', groups: [{ whole: true }] })
      // Not all over again.
      if (given.kind === 'pglite') expect(rows + (last.groups[0]?.rows ?? 0)).toBeLessThan(many + 1_000)
      await expectSent(store)
    }, 120_000)

    test('of several at once, beside one that empties Redis', async () => {
      const { store } = own
      await filled(store)
      await Promise.all([store.sync(), store.sync(), store.sync({ full: true }), store.sync()])
      await expectSent(store)
    }, 120_000)

    test('one that goes on does not count what another has deleted meanwhile', async () => {
      const { store, url } = own
      await filled(store)
      const stopAt = async (at: number, options: SyncOptions) => {
        const stop = new AbortController()
        const redis = new Watched(url, at, () => stop.abort())
        expect(await store.sync({ ...options, signal: stop.signal }, redis)).toMatchObject({ status: 'cancelled' })
        await redis.close()
      }
      await stopAt(22, {})
      const redis = new Watched(url, 1, () => stopAt(3, { full: true }))
      await store.sync({}, redis)
      await redis.close()
      await expectSent(store)
    }, 120_000)

    test('a Redis that is emptied under a sync is filled', async () => {
      const { store, url } = own
      await filled(store)
      for (const at of [2, 22]) {
        const lost: Promise<void>[] = []
        const redis = new Watched(url, at, () => void lost.push(lose(store, 'flush')))
        await store.redis.unlink([projectKeys(store.project.name).synced])
        await store.sync({}, redis)
        await Promise.all(lost)
        await redis.close()
        await store.sync()
        await expectSent(store)
      }
    }, 120_000)

    test('another database’s values are replaced only when asked', async () => {
      const { store } = own
      await filled(store, 3)
      await store.sync()
      await store.redis.command('set', store.nameOf('of another', '0123456789ab'), '["2099-01-01T00:00:00+00:00"]')
      await store.script('UPDATE projected.store SET id = gen_random_uuid()')
      for (const work of [() => store.sync(), () => store.verify()])
        await expect(work()).rejects.toMatchObject({ code: 'REDIS_FOREIGN', exitCode: 3 })
      const done = await store.built({ online: true }).catch((error: unknown) => error)
      expect(done).toMatchObject({ message: 'The build ended failed' })
      expect(await store.sync({ full: true })).toMatchObject({
        reset: 'asked',
        groups: [{ rows: sentRows(given, 3), whole: true }],
      })
      expect(await store.redis.command('exists', store.nameOf('of another', '0123456789ab'))).toBe(0)
      await expectSent(store)
    })

    test.each(['a transaction', 'a job'])('a database that went back behind %s is sent anew', async (what) => {
      const { store } = own
      await filled(store, 3)
      await store.sync()
      const { fingerprint } = (await store.compiled('spent')).definition
      const { synced, active } = projectKeys(store.project.name)
      const field = syncedField('default', { group: 'spent', fingerprint })
      const state = JSON.parse((await store.redis.command('hget', synced, field)) as string)
      const ahead = what === 'a job' ? { job: '999 2024-03-01 00:00:00+00' } : { bound: '999999999' }
      await store.redis.command('hset', synced, field, JSON.stringify({ ...state, ...ahead }))
      // Of the time that was lost: newer than anything there will be for a while, and another version.
      await store.redis.command('set', store.nameOf('user 1', fingerprint), '["2099-01-01T00:00:00+00:00", "x", 1, 2]')
      await store.redis.command('hset', active, 'spent', '9:0123456789ab')
      const done = await store.sync()
      expect(done).toMatchObject({ reset: 'restored', events: [{ type: 'reset', why: 'restored', rows: 3 }, {}] })
      await expectSent(store)
    })

    test('a reset that was cut off is done again by the next sync', async () => {
      const { store } = own
      await filled(store, 3)
      await store.sync()
      const { store: origin } = projectKeys(store.project.name)
      const held = await store.redis.command('get', origin)
      await store.redis.command('set', origin, `reset ${held}`)
      expect(await store.sync()).toMatchObject({ reset: 'unfinished' })
      await expectSent(store)
    })

    test('a tenant’s rows are its own', async () => {
      const { store } = own
      const acme = store.as('acme')
      await store.script(`INSERT INTO source VALUES ('default', 'u', 1, NULL, '2024-03-01Z'),
      ('acme', 'u', 2, NULL, '2024-03-01Z'), ('acme', 'v', 3, NULL, '2024-03-01Z')`)
      await store.built({ online: true })
      await acme.built()
      expect(await acme.inRedis()).toEqual({})
      const done = await store.sync({ allTenants: true })
      expect(done.groups.map(({ tenant, rows }) => [tenant, rows])).toEqual([
        ['acme', 2],
        ['default', 0],
      ])
      for (const one of [store, acme]) await expectSent(one)
    })

    test('values go when their ttl and its grace are over; a ttl that changes makes all be sent again', async () => {
      const { store } = own
      store.declare(spent({ ttl: '1d' }))
      await filled(store, 3)
      await store.sync()
      const { fingerprint } = (await store.compiled('spent')).definition
      const left = async () => Number(await store.redis.command('pttl', store.nameOf('user 1', fingerprint)))
      // They are long over, and stay a day from when they were written.
      expect(await left()).toBeGreaterThan(80_000_000)
      expect(await left()).toBeLessThanOrEqual(86_400_000)
      store.declare(spent({ ttl: '36500d' }))
      await store.built()
      expect(await store.sync()).toMatchObject({ groups: [{ rows: sentRows(given, 3), whole: true }] })
      expect(await left()).toBeGreaterThan(86_400_000 * 36_500)
      store.declare(spent())
      await store.built()
      await store.sync()
      expect(await left()).toBe(-1)
      store.declare(spent({ ttl: '1d' }))
      await store.built()
      const { table } = await store.compiled('spent')
      await store.rows(`UPDATE ${table.latest} SET written_at = written_at - interval '3 days' RETURNING 1`)
      await store.redis.unlink([store.nameOf('user 1', fingerprint)])
      await store.sync()
      expect(Object.keys(await store.inRedis())).not.toContain('user 1')
      expect(await store.verify({ all: true })).toMatchObject({ groups: [{ redis: { missing: 0 } }] })
    })

    test('groups that are gone are withdrawn, and a rollback is followed', async () => {
      const { store } = own
      await filled(store, 3)
      await store.sync()
      const { active } = projectKeys(store.project.name)
      const first = (await store.compiled('spent')).definition.fingerprint
      store.declare(spent({ factor: 2 }))
      await store.built({ online: true })
      const second = (await store.compiled('spent')).definition.fingerprint
      expect(await store.redis.command('hget', active, 'spent')).toBe(`2:${second}`)
      await store.script(`UPDATE projected.groups SET active_fingerprint = '${first}', epoch = 3`)
      expect(await store.verify()).toMatchObject({ ok: false, groups: [{ unpublished: true }] })
      expect(await store.sync()).toMatchObject({ published: ['spent'] })
      expect(await store.redis.command('hget', active, 'spent')).toBe(`3:${first}`)
      await store.script(`UPDATE projected.groups SET status = 'archived'`)
      expect(await store.sync()).toMatchObject({ groups: [], withdrawn: ['spent'] })
      expect(await store.redis.command('hlen', active)).toBe(0)
    })
  },
  ['pglite', 'postgres alone'],
)
