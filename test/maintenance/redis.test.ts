/** What a cleanup and an erasure remove from Redis, and whose they leave alone. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { openRedis, type Redis } from '../../src/db/redis.js'
import { cleanup } from '../../src/maintenance/cleanup.js'
import { erase } from '../../src/maintenance/erase.js'
import { projectKeys, rowName } from '../../src/online/redis-keys.js'
import { sync } from '../../src/online/sync.js'
import { sqlOf, Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'

const user = entity('user', { user_id: 'string' })
const group = (n: number) =>
  batch('spent', {
    entity: user,
    start: '2024-02-28',
    end: '2024-03-02',
    sql: sqlOf(`SELECT user_id, ${n} AS n FROM (VALUES ('u'), ('v:{%'), ('w')) AS s (user_id)`),
    features: { n: int64() },
  })

let schemas = 0

describe.each(['redis', 'redis-cluster'] as const)('in %s', (kind) => {
  const project = givenProject(kind)
  let redis: Redis

  beforeAll(async () => {
    redis = openRedis({ url: (await server(kind)).url })
  })
  afterAll(() => redis.close())

  describeEachDatabase(
    (given) => {
      let name: string
      let trial: Trial
      const scope = (who: Trial) => ({ db: given.db, project: who.project, root: '/', files: [], redis })

      beforeEach(async () => {
        // Another project's name begins with this one's.
        name = `${project}_${schemas}`
        trial = new Trial({ db: given.db, schema: `orphans_${schemas++}`, project: name })
      })

      /** Builds each in turn for every tenant, and sends what is live. */
      async function served(who: Trial, tenants: readonly string[], ...versions: readonly number[]): Promise<void> {
        for (const n of versions) {
          who.declare(group(n))
          for (const tenant of [...tenants, ...tenants]) await who.as(tenant).built()
          for (const tenant of tenants) {
            const own = { db: given.db, redis, project: who.project, tenant }
            const sending = sync(own, {})
            while ((await sending.next()).done !== true);
          }
        }
      }

      async function keys(of = name): Promise<string[]> {
        const all = new Set<string>()
        for (const prefix of [`fs:{${of}:`, `fs:{${of}}:`])
          for await (const found of redis.scan(prefix)) for (const one of found) all.add(one)
        return [...all].sort()
      }

      const nameOf = async (key: string, tenant = 'default') => {
        const { definition } = await trial.compiled('spent')
        const version = { group: 'spent', fingerprint: definition.fingerprint }
        return rowName({ project: name, tenant, entity: 'user', key: [key], ...version })
      }

      test('orphans go: of versions dropped, and of tenants that are gone; another project keeps its own', async () => {
        const more = new Trial({ db: given.db, schema: `${trial.schema}_more`, project: `${name}_more` })
        await served(more, ['default'], 1)
        await served(trial, ['default', 'a:b'], 1, 2)
        const others = await keys(`${name}_more`)
        expect(others.length).toBeGreaterThan(3)
        const mine = await keys()
        // Two versions of three users of two tenants, and the project's own keys.
        expect(mine.filter((key) => key.startsWith(`fs:{${name}:`)).length).toBe(12)
        expect((await cleanup(scope(trial), {})).removed).toEqual([])
        expect(await keys()).toEqual(mine)
        const foreign = [`fs:{${name}:odd`, `fs:{${name}:default:user:u}:spent`]
        for (const key of foreign) await redis.command('set', key, '1')
        const orphan = (await nameOf('u')).replace('spent@', 'unheard@')
        await redis.command('set', orphan, '1')

        const dry = await cleanup(scope(trial), { keepVersions: 0, dryRun: true })
        expect((await keys()).length).toBe(mine.length + 3)
        const done = await cleanup(scope(trial), { keepVersions: 0 })
        expect(done).toEqual({ ...dry, dryRun: false })
        expect(done.removed).toMatchObject([
          { kind: 'version', version: 1 },
          // Its description, and how far it was sent for each tenant.
          { kind: 'redis', keys: 7, fields: 3 },
        ])
        const { definition } = await trial.compiled('spent')
        const left = (await keys()).filter((key) => key.startsWith(`fs:{${name}:`))
        expect(left.filter((key) => !foreign.includes(key)).every((key) => key.includes(definition.fingerprint))).toBe(
          true,
        )
        expect(left.length).toBe(6 + foreign.length)

        await trial.script(`DELETE FROM ${trial.schema}.tenants WHERE tenant_id = 'a:b'`)
        expect((await cleanup(scope(trial), {})).removed).toEqual([{ kind: 'redis', keys: 3, fields: 1 }])
        expect((await cleanup(scope(trial), {})).removed).toEqual([])
        expect(await keys(`${name}_more`)).toEqual(others)
        for (const key of foreign) await redis.command('del', key)
      })

      test('a version that Redis still serves is not dropped', async () => {
        await served(trial, ['default'], 1)
        await trial.declare(group(2)).built()
        const held = await cleanup(scope(trial), { keepVersions: 0 })
        expect(held).toMatchObject({
          removed: [],
          skipped: [{ kind: 'version', name: 'spent v1', fix: expect.stringContaining('fstore sync') }],
        })
        await served(trial, ['default'], 2)
        expect((await cleanup(scope(trial), { keepVersions: 0 })).removed).toMatchObject([
          { kind: 'version', version: 1, rows: 9 },
          { kind: 'redis', keys: 3 },
        ])
      })

      test('an archived group leaves the catalogue', async () => {
        await served(trial, ['default'], 1)
        const { active } = projectKeys(name)
        trial.declare(
          batch('other', { entity: user, sql: sqlOf(`SELECT 'u' AS user_id, 1 AS n`), features: { n: int64() } }),
        )
        await trial.built()
        expect((await cleanup(scope(trial), { archived: true })).removed).toMatchObject([
          { kind: 'version' },
          { kind: 'redis', keys: 3, fields: 3 },
        ])
        expect(await redis.command('hexists', active, 'spent')).toBe(0)
      })

      test('an entity becomes a tombstone that older values cannot replace', async () => {
        await served(trial, ['default', 'a:b'], 1, 2)
        const key = await nameOf('v:{%')
        const before = (await redis.command('get', key)) as string
        const dry = await erase(scope(trial), 'default', { entity: 'user', key: 'v:{%', dryRun: true })
        const done = await erase(scope(trial), 'default', { entity: 'user', key: 'v:{%' })
        expect(done.rows).toBe(dry.rows)
        expect(done).toMatchObject({ rows: 2 * 4 + 2, left: 0 })
        expect(done.places.find(({ place }) => place === 'redis')).toMatchObject({ rows: 2, left: 0 })
        const stone = (await redis.command('get', key)) as string
        expect(stone).toMatch(/^\["[^"]{32}"\]$/)
        expect(stone.slice(0, 35) > before.slice(0, 35)).toBe(true)
        const [ttl] = (await redis.send([['pttl', key]])) as [number]
        expect(ttl).toBeGreaterThan(0)
        expect(ttl).toBeLessThanOrEqual(60_000)
        for (const [other, tenant] of [
          ['u', 'default'],
          ['v:{%', 'a:b'],
        ] as const)
          expect(await redis.command('get', await nameOf(other, tenant))).toMatch(/, ?2\]$/)
        expect((await erase(scope(trial), 'default', { entity: 'user', key: 'v:{%' })).rows).toBe(0)
      })

      test('a tenant leaves nothing; another whose name begins with it stays', async () => {
        await served(trial, ['default', 'a', 'a:b'], 1)
        const dry = await erase(scope(trial), 'default', { tenant: 'a', dryRun: true })
        const done = await erase(scope(trial), 'default', { tenant: 'a' })
        expect(done.rows).toBe(dry.rows)
        expect(done.places.find(({ place }) => place === 'redis')).toMatchObject({ rows: 3, left: 0 })
        const left = (await keys()).filter((key) => key.startsWith(`fs:{${name}:`))
        expect(left.map((key) => key.split(':')[2])).toEqual([
          'a%3Ab',
          'a%3Ab',
          'a%3Ab',
          'default',
          'default',
          'default',
        ])
        expect(await redis.command('hlen', projectKeys(name).synced)).toBe(2)
        expect((await cleanup(scope(trial), {})).removed).toEqual([])
      })

      test('values of another database are not touched', async () => {
        await served(trial, ['default'], 1)
        await redis.command('set', projectKeys(name).store, 'another:1')
        const before = await keys()
        const refused = { kind: 'redis', why: expect.stringContaining('another database') }
        expect(await cleanup(scope(trial), {})).toMatchObject({ removed: [], skipped: [refused] })
        await expect(erase(scope(trial), 'default', { tenant: 'default' })).rejects.toMatchObject({
          code: 'REDIS_FOREIGN',
        })
        expect(await keys()).toEqual(before)
      })

      test('without Redis the rest is done', async () => {
        await trial.declare(group(1)).built()
        const gone = openRedis({ url: 'redis://127.0.0.1:1' })
        try {
          const done = await cleanup({ ...scope(trial), redis: gone }, {})
          expect(done).toMatchObject({ removed: [], skipped: [{ kind: 'redis', name: '127.0.0.1:1' }] })
          const erasing = erase({ ...scope(trial), redis: gone }, 'default', { tenant: 'default' })
          await expect(erasing).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' })
        } finally {
          await gone.close()
        }
        expect((await trial.current('spent')).length).toBe(9)
      })
    },
    ['pglite'],
  )
})
