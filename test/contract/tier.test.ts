/** What every online tier does alike: rows in the order asked, null for those that are not there. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { keyTexts } from '../../src/config/key.js'
import type { Database } from '../../src/db/database.js'
import { migrate } from '../../src/db/migrate.js'
import { openRedis, type Redis } from '../../src/db/redis.js'
import { identifier } from '../../src/db/sql.js'
import { entity, float64, int64, string } from '../../src/index.js'
import type { CompiledGroup } from '../../src/offline/compile.js'
import { createFeatureTable } from '../../src/offline/feature-table.js'
import { Breaker } from '../../src/online/breaker.js'
import { latestTier } from '../../src/online/latest.js'
import { type Memory, openMemory } from '../../src/online/memory.js'
import type { Packed } from '../../src/online/packed.js'
import { redisTier } from '../../src/online/redis.js'
import { RedisCatalog } from '../../src/online/redis-catalog.js'
import { rowName } from '../../src/online/redis-keys.js'
import { publish } from '../../src/online/redis-publish.js'
import { tombstone, writeRows } from '../../src/online/redis-write.js'
import type { Lookup, Tier } from '../../src/online/tier.js'
import { compile, group } from '../project.js'
import { describeEachDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'

const project = givenProject('redis', 'redis-cluster')
const uuid = (n: number) => `6b2e3a1c-0c3e-4a5f-9d4e-${n.toString(16).padStart(12, '0')}`
const groups = [
  group('visits', { features: { visits: int64(), name: string() } }),
  group('spent', { features: { spent: float64() } }),
  group('numbered', {
    entity: entity('account', { account_id: 'int64' }),
    features: { balance: int64({ as: 'bigint' }) },
  }),
  group('traced', { entity: entity('trace', { trace_id: 'uuid' }), features: { depth: int64() } }),
  group('routes', {
    entity: entity('route', { origin: 'string', destination: 'string', flight: 'int64' }),
    features: { delay: float64() },
  }),
]

/** Keys and values of every row there is, by group, for two tenants: the second has the same keys and other values. */
const rows: Record<string, readonly (readonly [key: readonly unknown[], values: readonly unknown[]])[]> = {
  visits: [
    [['a'], [1, 'x']],
    [['A'], [2, null]],
    [['ünï 🛫'], [3, 'é']],
    [[''], [4, '']],
    [['a:b{c}@%'], [5, '"']],
    [["'; --"], [6, '\\']],
  ],
  spent: [
    [['a'], [1.5]],
    [['only spent'], [null]],
  ],
  numbered: [
    [['9223372036854775807'], ['9223372036854775807']],
    [['-1'], ['0']],
  ],
  traced: [[[uuid(1)], [7]]],
  routes: [
    [['SFO', 'LAX', '1'], [0.5]],
    [['SFO', 'LAX', '2'], [1.5]],
    [['LAX', 'SFO', '1'], [2.5]],
  ],
}

describeEachDatabase((given) => {
  let compiled: Map<string, CompiledGroup>

  beforeAll(async () => {
    const all = await compile(...groups)
    compiled = new Map(all.map((one) => [one.group.name, one]))
    await migrate({ db: given.db, schema: 'fstore' })
    for (const one of all) {
      await given.db.transaction({ role: 'owner' }, (tx) => createFeatureTable(tx, one.table, one.definition))
      for (const [offset, tenant] of ['t', "o'ther"].entries()) await insert(given.db, one, tenant, offset)
    }
  })

  async function insert(db: Database, { group: { name }, table }: CompiledGroup, tenant: string, offset: number) {
    for (const [i, [key, values]] of (rows[name] ?? []).entries()) {
      const shifted = values.map((value) => (typeof value === 'number' ? value + 100 * offset : value))
      const all = [tenant, ...key, '2026-03-01T00:00:00Z', '2026-03-01T00:00:01.000001Z', ...shifted]
      await db.query(
        { role: 'app', tenant },
        `INSERT INTO ${table.latest} (tenant_id, ${table.keys.join(', ')}, event_timestamp, created_at, written_at,
           ${table.features.join(', ')})
         SELECT $1, ${table.keys.map((_, k) => `$${k + 2}`).join(', ')}, $${key.length + 2}, $${key.length + 3}::timestamptz,
           $${key.length + 3}::timestamptz + interval '${i} seconds', ${values.map((_, v) => `$${key.length + v + 4}`).join(', ')}`,
        all,
      )
    }
  }

  function lookup(name: string, key: unknown, tenant = 't'): Lookup {
    const { group, definition } = compiled.get(name) as CompiledGroup
    const { entity, features } = definition.snapshot
    const version = versions.get(name) ?? {
      group: name,
      entity: entity.name,
      version: 1,
      fingerprint: definition.fingerprint,
      keys: entity.keys,
      features,
      positions: new Map(features.map((feature, i) => [feature.name, i])),
    }
    versions.set(name, version)
    const texts = keyTexts(group.entity, key)
    return { version, key: texts, name: rowName({ ...version, project, tenant, key: texts }) }
  }
  const versions = new Map<string, Lookup['version']>()
  /** The values alone: the stamps are seen below. */
  const values = async (tier: Tier, lookups: readonly Lookup[], tenant = 't') =>
    (await tier.read(tenant, lookups)).found.map((found) => (found ? found.slice(2) : found))

  const kinds: readonly (readonly [string, (lookups: readonly Lookup[], tenant: string) => Promise<Tier>])[] = [
    ['latest', async () => latestTier(given.db, 'fstore_online')],
    [
      'memory',
      async (lookups, tenant) => {
        const { found } = await latestTier(given.db, 'fstore_online').read(tenant, lookups)
        const memory = openMemory() as Memory
        memory.fill(
          lookups.map((one, i) => ({ lookup: one, found: found[i] ?? null })),
          0,
        )
        const read = async (_: string, asked: readonly Lookup[]) => ({
          found: asked.map((one) => memory.get(one, undefined)?.packed),
          asOf: 0,
        })
        return { name: 'memory', read }
      },
    ],
    ['redis', (lookups, tenant) => inRedis('redis', lookups, tenant)],
    ['redis, a cluster', (lookups, tenant) => inRedis('redis-cluster', lookups, tenant)],
  ]
  const opened: Redis[] = []
  afterAll(() => Promise.all(opened.map((redis) => redis.close())))

  /** What latest says, sent there; a tombstone where it says that there is nothing. */
  async function inRedis(kind: 'redis' | 'redis-cluster', lookups: readonly Lookup[], tenant: string): Promise<Tier> {
    const { url } = await server(kind)
    const redis = openRedis({ url })
    opened.push(redis)
    for (const version of versions.values()) await publish(redis, project, { ...version, ttl: null, epoch: 1 })
    const { found } = await latestTier(given.db, 'fstore_online').read(tenant, lookups)
    const rows = lookups.map(({ name }, i) =>
      found[i] ? { name, text: JSON.stringify(found[i]), expiresAt: 0 } : tombstone(name, '2026-03-01T00:00:00+00:00'),
    )
    await writeRows(redis, rows)
    const catalog = new RedisCatalog({ redis, project, within: 5_000 })
    await catalog.entries()
    const breaker = new Breaker({ probe: async () => {}, onBack: () => {} })
    const rowOf = ({ name }: Lookup, packed: Packed) => ({ name, text: JSON.stringify(packed), expiresAt: 0 })
    return redisTier({ redis, project, catalog, breaker, within: 5_000, rowOf, isOurs: async () => true })
  }

  describe.each(kinds)('the tier %s', (kind, holding) => {
    test('has its name, and the stamps of a row', async () => {
      const asked = [lookup('visits', 'A')]
      const tier = await holding(asked, 't')
      expect(kind).toMatch(tier.name)
      const row = ['2026-03-01T00:00:02.000001+00:00', '2026-03-01T00:00:00+00:00', 2, null]
      expect((await tier.read('t', asked)).found).toEqual([row])
    })

    test('answers in the order asked, twice where asked twice', async () => {
      const asked = ['A', 'none', 'a', 'A', 'b', 'ünï 🛫', 'a'].map((key) => lookup('visits', key))
      const expected = [[2, null], null, [1, 'x'], [2, null], null, [3, 'é'], [1, 'x']]
      expect(await values(await holding(asked, 't'), asked)).toEqual(expected)
    })

    test('knows keys that look like something else', async () => {
      const asked = ['', 'a:b{c}@%', "'; --", ' ', 'a:b', '{}', 'NULL'].map((key) => lookup('visits', key))
      const expected = [[4, ''], [5, '"'], [6, '\\'], null, null, null, null]
      expect(await values(await holding(asked, 't'), asked)).toEqual(expected)
    })

    test('keys of every type, and several', async () => {
      const asked = [
        lookup('numbered', 9223372036854775807n),
        lookup('numbered', '-1'),
        lookup('numbered', 1),
        lookup('traced', uuid(1).toUpperCase()),
        lookup('traced', uuid(2)),
        lookup('routes', { flight: 1, origin: 'SFO', destination: 'LAX' }),
        lookup('routes', { origin: 'LAX', destination: 'SFO', flight: 1n }),
        lookup('routes', { origin: 'LAX', destination: 'SFO', flight: 2 }),
      ]
      const expected = [['9223372036854775807'], ['0'], null, [7], null, [0.5], [2.5], null]
      expect(await values(await holding(asked, 't'), asked)).toEqual(expected)
    })

    test('many groups and entities at once, mixed', async () => {
      const known = Object.entries(rows).flatMap(([name, list]) =>
        list.map(([key, expected]) => {
          const { entity } = (compiled.get(name) as CompiledGroup).group
          const named = Object.fromEntries(entity.keys.map((one, k) => [one.name, key[k]]))
          return [lookup(name, named), expected as unknown] as const
        }),
      )
      const absent = Array.from({ length: 500 }, (_, i) => [lookup(i % 2 ? 'visits' : 'spent', `n${i}`), null] as const)
      const mixed = [...known, ...absent, ...known].sort((a, b) =>
        (a[0].name.at(-9) ?? '').localeCompare(b[0].name.at(-9) ?? ''),
      )
      const asked = mixed.map(([one]) => one)
      expect(await values(await holding(asked, 't'), asked)).toEqual(mixed.map(([, expected]) => expected))
    })

    test('shows a tenant its own rows', async () => {
      const own = [lookup('visits', 'a'), lookup('spent', 'a')]
      const others = [lookup('visits', 'a', "o'ther"), lookup('spent', 'a', "o'ther")]
      expect(await values(await holding(own, 't'), own)).toEqual([[1, 'x'], [1.5]])
      expect(await values(await holding(others, "o'ther"), others, "o'ther")).toEqual([[101, 'x'], [101.5]])
      const nobodys = [lookup('visits', 'a', 'nobody')]
      expect(await values(await holding(nobodys, 'nobody'), nobodys, 'nobody')).toEqual([null])
    })
  })

  test('a retracted row is not there', async () => {
    const { table } = compiled.get('spent') as CompiledGroup
    const asked = [lookup('spent', 'gone')]
    await given.db.query(
      { role: 'app', tenant: 't' },
      `INSERT INTO ${table.latest} (tenant_id, ${identifier('user_id')}, event_timestamp, created_at, written_at, superseded_at)
       VALUES ('t', 'gone', now(), now(), now(), now())`,
    )
    expect(await latestTier(given.db, 'fstore_online').read('t', asked)).toMatchObject({ found: [null] })
  })
})
