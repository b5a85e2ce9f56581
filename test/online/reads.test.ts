/** Reads through a store, as an application makes them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type AnyGroup,
  array,
  batch,
  createFeatureStore,
  defineConfig,
  entity,
  type FeatureStoreOptions,
  float64,
  int64,
  sql,
  string,
  timestamp,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const common = { start: '2026-03-01', end: '2026-03-03' } as const

const activity = batch('activity', {
  ...common,
  entity: user,
  features: { visits: int64(), seen: timestamp(), exact: timestamp({ as: 'string' }), tags: array('string') },
  sql: sql`SELECT user_id, visits, seen, seen AS exact, tags FROM source WHERE :end_time >= '2026-03-01'`,
})
const money = batch('money', {
  ...common,
  entity: user,
  features: { visits: int64({ as: 'bigint' }), spent: float64() },
  sql: sql`SELECT user_id, visits + 9007199254740993 AS visits, spent FROM source WHERE spent IS NOT NULL`,
})
const fleeting = batch('fleeting', {
  ...common,
  ttl: '1h',
  entity: user,
  features: { name: string() },
  sql: sql`SELECT user_id, user_id AS name FROM source`,
})
const delays = batch('delays', {
  ...common,
  entity: route,
  features: { delay: float64() },
  sql: sql`SELECT 'SFO' AS origin, 'LAX' AS destination, 1.5::float8 AS delay`,
})
const later = batch('later', {
  ...common,
  entity: user,
  features: { n: int64() },
  sql: sql`SELECT user_id, 1 AS n FROM source`,
})
const built = [activity, money, fleeting, delays]

describeEachDatabase((given) => {
  let root: string

  /** PGlite is one store's at a time, so each test closes its own. */
  async function using<T>(
    groups: readonly AnyGroup[],
    work: (store: AnyStore) => Promise<T>,
    options: FeatureStoreOptions = {},
  ): Promise<T> {
    const config = defineConfig({ project: 'demo', groups, profiles: { default: { database: given.url } } })
    const store = createFeatureStore(config, { root, ...options }) as unknown as AnyStore
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-reads-'))
    await using(built, async (store) => {
      await store.migrate()
      await store.query(
        `CREATE TABLE source AS SELECT * FROM (VALUES
          ('a', 1::int8, 2.5::float8, timestamptz '2026-03-01 08:00:00.123456Z', ARRAY['x', NULL]),
          ('b', NULL, 'NaN', NULL, '{}'),
          ('c', 3, NULL, NULL, NULL)) AS t (user_id, visits, spent, seen, tags)`,
      )
      await store.query('GRANT SELECT ON source TO fstore_app')
      const result = await store.build()
      expect(result).toMatchObject({ status: 'done' })
    })
  }, 60_000)
  afterAll(async () => {
    await rm(root, { recursive: true, force: true })
  })

  const stamp = { eventTimestamp: new Date('2026-03-03'), eventTimestampText: '2026-03-03T00:00:00Z' }
  const shown = (read: { values: object; features: Record<string, { status: string; source: string | null }> }) => [
    read.values,
    Object.values(read.features).map(({ status, source }) => `${status} ${source}`),
  ]

  test('a value says its status, when it is as of, and which tier had it', async () => {
    const read = await using(built, (store) =>
      store.getFeatures({
        entity: 'user',
        key: 'a',
        features: ['activity.visits', 'money:visits', 'spent', 'activity.exact'],
      }),
    )
    expect(read).toEqual({
      features: {
        'activity.visits': { value: 1, status: 'PRESENT', source: 'latest', ...stamp },
        'money.visits': { value: 9007199254740994n, status: 'PRESENT', source: 'latest', ...stamp },
        'money.spent': { value: 2.5, status: 'PRESENT', source: 'latest', ...stamp },
        'activity.exact': { value: '2026-03-01T08:00:00.123456Z', status: 'PRESENT', source: 'latest', ...stamp },
      },
      values: {
        'activity.visits': 1,
        'money.visits': 9007199254740994n,
        'money.spent': 2.5,
        'activity.exact': '2026-03-01T08:00:00.123456Z',
      },
      latencyMs: expect.any(Number),
      metadata: { skipped: [] },
    })
  })

  test('null, not found and expired are told apart', async () => {
    const features = ['activity.visits', 'money.spent', 'fleeting.name']
    const reads = await using(built, (store) => store.getMany({ entity: 'user', keys: ['b', 'c', 'none'], features }))
    expect(reads.map(shown)).toEqual([
      [
        { 'activity.visits': null, 'money.spent': Number.NaN, 'fleeting.name': null },
        ['NULL_VALUE latest', 'PRESENT latest', 'EXPIRED latest'],
      ],
      [
        { 'activity.visits': 3, 'money.spent': null, 'fleeting.name': null },
        ['PRESENT latest', 'NOT_FOUND null', 'EXPIRED latest'],
      ],
      [{ 'activity.visits': null, 'money.spent': null, 'fleeting.name': null }, Array(3).fill('NOT_FOUND null')],
    ])
  })

  test('many keys come back in their order, twice where asked twice, and none where none', async () => {
    await using(built, async (store) => {
      const keys = ['c', 'none', 'a', { user_id: 'c' }]
      const reads = await store.getMany({ entity: 'user', keys, features: ['activity.visits'] })
      expect(reads.map(({ values }) => values['activity.visits'])).toEqual([3, null, 1, 3])
      expect(await store.getMany({ entity: 'user', keys: [], features: ['activity.visits'] })).toEqual([])
      expect(await store.getFeatures({ entity: 'user', key: 'a', features: [] })).toMatchObject({ values: {} })
    })
  })

  test('without names all features of the entity that are built', async () => {
    await using([...built, later], async (store) => {
      const { values } = await store.getFeatures({ entity: 'user', key: 'a' })
      expect(Object.keys(values)).toEqual([
        'activity.visits',
        'activity.seen',
        'activity.exact',
        'activity.tags',
        'money.visits',
        'money.spent',
        'fleeting.name',
      ])
      const { values: ofRoute } = await store.getFeatures({
        entity: 'route',
        key: { destination: 'LAX', origin: 'SFO' },
      })
      expect(ofRoute).toEqual({ 'delays.delay': 1.5 })
    })
  })

  test('the second read comes from memory, and what a caller does to it stays with the caller', async () => {
    await using(
      built,
      async (store) => {
        const read = () =>
          store.getFeatures({ entity: 'user', key: 'a', features: ['activity.tags', 'activity.seen', 'money.visits'] })
        const sources = ({ features }: Awaited<ReturnType<typeof read>>) =>
          Object.values(features).map(({ source }) => source)
        const first = await read()
        expect(sources(first)).toEqual(['latest', 'latest', 'latest'])
        const spoil = ({ values, features }: Awaited<ReturnType<typeof read>>) => {
          ;(values['activity.tags'] as string[]).push('spoilt')
          ;(values['activity.seen'] as Date).setTime(0)
          features['activity.tags']?.eventTimestamp?.setTime(0)
        }
        spoil(first)
        for (let again = 0; again < 2; again++) {
          const next = await read()
          expect(next.values).toEqual({
            'activity.tags': ['x', null],
            'activity.seen': new Date('2026-03-01T08:00:00.123Z'),
            'money.visits': 9007199254740994n,
          })
          expect(next.features['activity.tags']).toMatchObject(stamp)
          expect(sources(next)).toEqual(['memory', 'memory', 'memory'])
          spoil(next)
        }
      },
      { cache: { ttl: 600_000 } },
    )
  })

  test('only what memory lacks is asked of the tables', async () => {
    await using(
      built,
      async (store) => {
        await store.getMany({ entity: 'user', keys: ['a'], features: ['activity.visits'] })
        const reads = await store.getMany({
          entity: 'user',
          keys: ['b', 'a'],
          features: ['activity.visits', 'money.spent'],
        })
        expect(reads.flatMap(({ features }) => Object.values(features).map(({ source }) => source))).toEqual([
          'latest',
          'latest',
          'memory',
          'latest', // biome-ignore format: by entity
        ])
      },
      { cache: { ttl: 600_000 } },
    )
  })

  test('a cache of nothing keeps nothing', async () => {
    for (const cache of [{ max: 0 }, { ttl: 0 }])
      await using(
        built,
        async (store) => {
          for (let again = 0; again < 2; again++)
            expect(
              (await store.getFeatures({ entity: 'user', key: 'a', features: ['spent'] })).features['money.spent']
                ?.source,
            ).toBe('latest')
        },
        { cache },
      )
  })

  describe('is refused', () => {
    const refused = (
      request: { key?: unknown; features?: string[]; entity?: string },
      groups: readonly AnyGroup[] = built,
    ) =>
      using(groups, (store) =>
        store.getFeatures({ entity: 'user', key: 'a', ...request }).catch((error: unknown) => error),
      )

    test.each<[string, Parameters<typeof refused>[0], object]>([
      [
        'a name that two groups have',
        { features: ['visits'] },
        { code: 'NAME_AMBIGUOUS', fix: 'Write one of activity.visits, money.visits.' },
      ],
      [
        'a feature no group has',
        { features: ['activity.visit'] },
        { code: 'NAME_UNKNOWN', fix: expect.stringContaining('"activity.visits"') },
      ],
      ['a feature of another entity', { features: ['delays.delay'] }, { code: 'NAME_UNKNOWN' }],
      ['more than a group and a feature', { features: ['activity.visits.more'] }, { code: 'NAME_UNKNOWN' }],
      ['an unknown entity', { entity: 'usr' }, { code: 'NAME_UNKNOWN', fix: expect.stringContaining('"user"') }],
      ['a key of another type', { key: { user_id: {} } }, { code: 'KEY_INVALID' }],
      ['no key', { key: {} }, { code: 'KEY_INVALID', message: 'The key "user_id" is missing.' }],
      ['a key too many', { key: { user_id: 'a', id: 1 } }, { code: 'KEY_INVALID', message: 'user has no key "id".' }],
      ['half a key', { entity: 'route', key: { origin: 'SFO' } }, { code: 'KEY_INVALID' }],
      ['a version there is not', { features: ['activity.visits@7'] }, { code: 'NOT_BUILT' }],
    ])('%s', async (_, request, error) => {
      expect(await refused(request)).toMatchObject(error)
    })

    test('a feature that was not built yet, and only that', async () => {
      const groups = [...built, later]
      expect(await refused({ features: ['activity.visits', 'later.n'] }, groups)).toMatchObject({
        code: 'NOT_BUILT',
        message: 'Not built yet: later.n.',
        fix: expect.stringContaining('fstore build --select later'),
      })
      expect(await refused({ features: ['activity.visits'] }, groups)).toMatchObject({
        values: { 'activity.visits': 1 },
      })
    })

    test('all of a store that was never built', async () => {
      const config = defineConfig({
        project: 'demo',
        schema: 'other',
        groups: built,
        profiles: { default: { database: given.url } },
      })
      const store = createFeatureStore(config, { root }) as unknown as AnyStore
      const error = await store.getFeatures({ entity: 'user', key: 'a' }).catch((thrown: unknown) => thrown)
      await store.close()
      expect(error).toMatchObject({ code: 'NOT_MIGRATED' })
    })
  })

  test('another tenant of the same process sees nothing of this one', async () => {
    const features = ['activity.visits']
    const read = await using(built, (store) => store.getFeatures({ entity: 'user', key: 'a', features }), {
      tenant: 'other',
    })
    expect(read.features['activity.visits']?.status).toBe('NOT_FOUND')
  })

  test('a build makes memory forget, and a pinned version stays what it was', async () => {
    const changed = batch('activity', {
      ...common,
      entity: user,
      features: { visits: int64(), more: int64() },
      sql: sql`SELECT user_id, visits * 10 AS visits, 1 AS more FROM source`,
    })
    const groups = [changed, money, fleeting, delays]
    await using(
      groups,
      async (store) => {
        const read = async (...features: string[]) =>
          (await store.getFeatures({ entity: 'user', key: 'a', features })).values
        // What is live is the old version: what it has can be read, what only the new one has cannot.
        expect(await read('activity.visits')).toEqual({ 'activity.visits': 1 })
        await expect(read('activity.visits', 'activity.more')).rejects.toMatchObject({
          code: 'NOT_BUILT',
          message: 'Not built yet: activity.more.',
        })
        await store.query(`UPDATE source SET spent = 99 WHERE user_id = 'a'`)
        expect(await read('spent')).toEqual({ 'money.spent': 2.5 })
        await store.build()
        expect(await read('activity.visits', 'activity.more', 'spent')).toEqual({
          'activity.visits': 10,
          'activity.more': 1,
          'money.spent': 2.5,
        })
        await store.materialize({ groups: ['money'], start: common.start, end: common.end })
        expect(await read('spent')).toEqual({ 'money.spent': 99 })
        // The old version by its number, with a feature that the config has no more.
        expect(await read('activity.visits@1', 'activity.tags@1', 'activity.visits@2', 'activity.visits')).toEqual({
          'activity.visits@1': 1,
          'activity.tags@1': ['x', null],
          'activity.visits@2': 10,
          'activity.visits': 10,
        })
      },
      { cache: { ttl: 600_000 } },
    )
  })
})
