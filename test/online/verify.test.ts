/** A comparison finds each kind of what may be wrong, and nothing where nothing is. */

import { expect, test } from '@jest/globals'
import { describeEachDatabase } from '../servers/databases.js'
import { givenProjected, type Projected, spent } from './projected.js'

const users = 30

/** Built and sent. */
async function sent(store: Projected): Promise<string> {
  await store.script(`INSERT INTO source SELECT 'default', 'u' || n, n, NULL, day
    FROM generate_series(1, ${users}) AS n, unnest(ARRAY[timestamptz '2024-03-01Z', '2024-03-02Z']) AS day`)
  await store.built({ online: true })
  return (await store.compiled('spent')).definition.fingerprint
}

interface Wrong {
  readonly place: 'latest' | 'redis'
  readonly kind: 'missing' | 'extra' | 'stale' | 'different' | 'behind'
  readonly key?: string
  /** Only a look at all of it finds it. */
  readonly all?: true
  plant(at: { store: Projected; latest: string; history: string; name: (key: string) => string }): Promise<unknown>
}

const packed = (stamp: string) => JSON.stringify([stamp, '2024-03-03T00:00:00+00:00', 7, null])

const wrongs: Record<string, Wrong> = {
  'a key that Redis lacks': {
    place: 'redis',
    kind: 'missing',
    plant: ({ store, name }) => store.redis.unlink([name('u7')]),
  },
  'a removed row that Redis says is not there': {
    place: 'redis',
    kind: 'stale',
    plant: ({ store, name }) => store.redis.command('set', name('u7'), '["2020-01-01T00:00:00+00:00"]'),
  },
  'an older row in Redis': {
    place: 'redis',
    kind: 'stale',
    plant: ({ store, name }) => store.redis.command('set', name('u7'), packed('2020-01-01T00:00:00+00:00')),
  },
  'a newer row in Redis': {
    place: 'redis',
    kind: 'different',
    plant: ({ store, name }) => store.redis.command('set', name('u7'), packed('2099-01-01T00:00:00.5+00:00')),
  },
  'another value in Redis': {
    place: 'redis',
    kind: 'different',
    async plant({ store, name }) {
      const text = (await store.redis.command('get', name('u7'))) as string
      await store.redis.command('set', name('u7'), text.replace(' 7,', ' 8,'))
    },
  },
  'what is no row in Redis': {
    place: 'redis',
    kind: 'different',
    plant: ({ store, name }) => store.redis.command('set', name('u7'), 'nonsense'),
  },
  'a row in Redis of nobody': {
    place: 'redis',
    kind: 'extra',
    key: 'nobody',
    all: true,
    plant: ({ store, name }) => store.redis.command('set', name('nobody'), packed('2024-01-01T00:00:00+00:00')),
  },
  'a row that was written after the sync': {
    place: 'redis',
    kind: 'behind',
    async plant({ store }) {
      await store.script(`UPDATE source SET amount = 1000 WHERE user_id = 'u7'`)
      await store.built({ full: true })
    },
  },
  'a latest row that is gone': {
    place: 'latest',
    kind: 'missing',
    plant: ({ store, latest }) => store.rows(`DELETE FROM ${latest} WHERE user_id = 'u7' RETURNING 1`),
  },
  'a latest row of nobody': {
    place: 'latest',
    kind: 'extra',
    plant: ({ store, history }) => store.rows(`DELETE FROM ${history} WHERE user_id = 'u7' RETURNING 1`),
  },
  'an older latest row': {
    place: 'latest',
    kind: 'stale',
    plant: ({ store, latest }) =>
      store.rows(`UPDATE ${latest} SET event_timestamp = '2024-03-02Z' WHERE user_id = 'u7' RETURNING 1`),
  },
  'another value in latest': {
    place: 'latest',
    kind: 'different',
    plant: ({ store, latest }) => store.rows(`UPDATE ${latest} SET spent = NULL WHERE user_id = 'u7' RETURNING 1`),
  },
  'a tombstone in latest': {
    place: 'latest',
    kind: 'missing',
    plant: ({ store, latest }) =>
      store.rows(`UPDATE ${latest} SET superseded_at = written_at WHERE user_id = 'u7' RETURNING 1`),
  },
}

describeEachDatabase(
  (given) => {
    const own = givenProjected(given)

    test.each(Object.entries(wrongs))('%s', async (_, { place, kind, key = 'u7', all, plant }) => {
      const { store } = own
      const fingerprint = await sent(store)
      for (const options of [{}, { all: true }, { sample: 5 }])
        expect(await store.verify(options)).toMatchObject({ ok: true, examples: [] })
      const { table } = await store.compiled('spent')
      await plant({ store, latest: table.latest, history: table.history, name: (of) => store.nameOf(of, fingerprint) })
      const found = await store.verify({ all: true })
      expect(found.ok).toBe(false)
      expect(found.examples).toContainEqual({ group: 'spent', place, kind, key: [key] })
      const counts = found.groups[0]?.[place] as Record<string, number>
      expect({ [kind]: counts[kind] }).toEqual({ [kind]: 1 })
      // By chance or not at all.
      const sampled = await store.verify({ sample: users * 10 })
      expect(sampled.ok).toBe(all === true)
    })

    test('removed rows, and what may have gone by its ttl or its retention, are no findings', async () => {
      const { store } = own
      store.declare(spent({ ttl: '1d' }))
      const fingerprint = await sent(store)
      await store.script(`DELETE FROM source WHERE user_id = 'u1'`)
      await store.built({ full: true, online: true })
      await store.redis.unlink([store.nameOf('u2', fingerprint), store.nameOf('u1', fingerprint)])
      const { table } = await store.compiled('spent')
      await store.rows(`DELETE FROM ${table.latest} WHERE user_id = 'u3' RETURNING 1`)
      expect(await store.verify({ all: true })).toMatchObject({ ok: true })
      expect(await store.as('acme').verify({ all: true })).toMatchObject({ ok: true, groups: [{ entities: 0 }] })
    })

    test('a value printed otherwise is the same; an empty Redis is behind, and not told of', async () => {
      const { store } = own
      const fingerprint = await sent(store)
      const text = (await store.redis.command('get', store.nameOf('u7', fingerprint))) as string
      await store.redis.command('set', store.nameOf('u7', fingerprint), JSON.stringify(JSON.parse(text)))
      expect(await store.verify({ all: true })).toMatchObject({ ok: true })
      for await (const names of store.redis.scan(`fs:{${store.project.name}`)) await store.redis.unlink(names)
      const found = await store.verify({ all: true })
      expect(found).toMatchObject({ ok: false, groups: [{ redis: { behind: users, missing: 0 }, unpublished: true }] })
      expect(found.examples).toHaveLength(20)
    })

    test('keys that are no values of their type are extra', async () => {
      const { store } = own
      const fingerprint = await sent(store)
      const odd = ['a%00b', 'u7:u8', 'u7%3A']
      for (const key of odd) {
        const name = store.nameOf('KEY', fingerprint).replace('KEY', key)
        await store.redis.command('set', name, packed('2024-01-01T00:00:00+00:00'))
      }
      expect(await store.verify({ all: true })).toMatchObject({ groups: [{ redis: { extra: odd.length } }] })
    })
  },
  ['pglite', 'postgres alone'],
)
