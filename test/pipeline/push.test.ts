/** Values that an application pushes: what is kept and read, what is rejected, what is refused. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  type AnyGroup,
  array,
  batch,
  bool,
  createFeatureStore,
  defineConfig,
  embedding,
  entity,
  float64,
  int64,
  type PushRow,
  sql,
  stream,
  string,
  timestamp,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const profile = stream('profile', {
  entity: user,
  features: { clicks: int64({ min: 0 }), score: float64({ max: 1 }), name: string({ notNull: true }) },
})
const counts = stream('counts', { entity: user, partition: 'none', features: { a: int64(), b: int64() } })
const kinds = stream('kinds', {
  entity: entity('thing', { kind: 'uuid', id: 'int64' }),
  partition: 'year',
  features: {
    i: int64(),
    big: int64({ as: 'bigint' }),
    f: float64(),
    s: string(),
    b: bool(),
    t: timestamp(),
    exact: timestamp({ as: 'string' }),
    floats: array(),
    integers: array('int64'),
    texts: array('string'),
    bools: array('bool'),
  },
})
const doubled = batch('doubled', {
  entity: user,
  every: '1d',
  start: '2026-03-01',
  end: '2026-03-04',
  features: { clicks2: int64() },
  sql: sql`SELECT DISTINCT ON (user_id) user_id, 2 * clicks AS clicks2 FROM fstore_offline.profile
    ORDER BY user_id, event_timestamp DESC`,
})

const day = (n: number) => `2026-03-0${n}T00:00:00Z`

describeEachDatabase((given) => {
  let root: string
  let store: AnyStore

  function open(groups: readonly AnyGroup[]): AnyStore {
    const profiles = { default: { database: given.url } }
    return createFeatureStore(defineConfig({ project: 'demo', groups, profiles }), { root }) as unknown as AnyStore
  }
  /** As an application that is deployed with another config. */
  async function become(...groups: AnyGroup[]) {
    await store?.close()
    store = open(groups)
  }
  const push = (group: string, ...rows: PushRow[]) => store.setFeatures({ group, rows })
  const rows = async (query: string) => (await store.query(query)).rows
  const values = async (group: string, key: unknown, ...names: string[]) => {
    const features = names.map((name) => `${group}.${name}`)
    const read = await store.getFeatures({ entity: group === 'kinds' ? 'thing' : 'user', key, features })
    return names.map((name) => read.values[`${group}.${name}`])
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-push-'))
    await become(profile, counts, kinds)
    const done = await store.build()
    expect(done).toMatchObject({ status: 'done' })
    expect(done.groups.map(({ promoted, windows }) => ({ promoted, windows }))).toEqual(
      [1, 2, 3].map(() => ({ promoted: true, windows: 0 })),
    )
  })
  afterAll(async () => {
    await store.close()
    await rm(root, { recursive: true, force: true })
  })

  test('what is pushed is read at once, and what is left out keeps its value', async () => {
    expect(
      await push('profile', { key: 'u1', features: { clicks: 1, score: 0.5, name: 'a' }, eventTimestamp: day(1) }),
    ).toEqual({
      written: 1,
      unchanged: 0,
      rejected: [],
      online: 'latest',
    })
    expect(await values('profile', 'u1', 'clicks', 'score', 'name')).toEqual([1, 0.5, 'a'])
    const set = (feature: string, value: unknown, eventTimestamp?: string) =>
      store.setFeature({ feature, key: { user_id: 'u1' }, value, eventTimestamp })
    expect(await set('profile.clicks', 2, day(3))).toEqual({ written: true, online: 'latest' })
    expect(await values('profile', 'u1', 'clicks', 'score', 'name')).toEqual([2, 0.5, 'a'])
    expect(await set('clicks', 2, day(3))).toEqual({ written: false, online: 'latest' })
    // The past changes for those who ask for it, and not for later rows.
    await set('profile.score', 0.25, day(2))
    expect(await values('profile', 'u1', 'clicks', 'score')).toEqual([2, 0.5])
    const past = await store.featuresAt({ entity: 'user', key: 'u1', features: ['score', 'clicks'], at: day(2) })
    expect(past.values).toEqual({ 'profile.score': 0.25, 'profile.clicks': 1 })
    const before = Date.now()
    await set('profile.score', null)
    const now = await store.getFeatures({ entity: 'user', key: 'u1', features: ['score'] })
    expect(now.features['profile.score']?.status).toBe('NULL_VALUE')
    expect(now.features['profile.score']?.eventTimestamp?.getTime()).toBeGreaterThanOrEqual(before - 1000)
  })

  const one = {
    i: -(2 ** 53) + 1,
    big: -(2n ** 63n),
    f: Number.NEGATIVE_INFINITY,
    s: `'"\\ü😀\u2028\n`,
    b: false,
    t: new Date('0001-01-01T00:00:00.001Z'),
    exact: '2026-03-01T00:00:00.123456Z',
    floats: [0.1, null, Number.NaN, 1e300, -0],
    integers: [2 ** 53 - 1, null, -1],
    texts: ['', 'NULL', null, '"{,}\\'],
    bools: [true, null],
  }
  const none = Object.fromEntries(Object.keys(one).map((name) => [name, null]))
  const other = { ...one, i: 0, big: 9007199254740993n, f: Number.NaN, floats: [], integers: [], texts: [], bools: [] }

  test('values of every type come back as they were given, also when they are only carried along', async () => {
    const key = { kind: 'B0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11', id: 2n ** 62n }
    const names = Object.keys(one)
    for (const [i, given] of [one, none, other].entries()) {
      await push('kinds', { key, features: given, eventTimestamp: day(2 * i + 1) })
      expect(await values('kinds', key, ...names)).toEqual(Object.values(given))
      await push('kinds', { key, features: { s: 'x' }, eventTimestamp: day(2 * i + 2) })
      expect(await values('kinds', key, ...names)).toEqual(Object.values({ ...given, s: 'x' }))
      // The same again changes nothing, by PostgreSQL's own comparison of what it holds.
      const again = { key, features: { ...given, s: 'x' }, eventTimestamp: day(2 * i + 2) }
      expect(await push('kinds', again)).toMatchObject({ written: 0, unchanged: 1 })
    }
  })

  // The tests' servers have no pgvector.
  if (given.kind === 'pglite')
    test('embeddings', async () => {
      const features = { vector: embedding(3), n: int64() }
      await become(profile, counts, kinds, stream('embedded', { entity: user, features }))
      await store.build()
      await push('embedded', { key: 'e', features: { vector: new Float32Array([0.1, -2, 3e38]) } })
      await push('embedded', { key: 'e', features: { n: 1 } })
      expect(await values('embedded', 'e', 'vector', 'n')).toEqual([new Float32Array([0.1, -2, 3e38]), 1])
      await push('embedded', { key: 'e', features: { vector: [1, 2, 3] } })
      expect(await values('embedded', 'e', 'vector')).toEqual([new Float32Array([1, 2, 3])])
    })

  test('a row that breaks a rule is kept aside with every reason, and does not hold up the others', async () => {
    const result = await push(
      'profile',
      { key: 'r1', features: { clicks: -1, score: 2 }, eventTimestamp: day(1) },
      { key: 'r2', features: { name: 'b', clicks: 1 }, eventTimestamp: day(1) },
      { key: 'r2', features: { clicks: -5 }, eventTimestamp: day(1) },
      { key: 'r2', features: { score: 1 }, eventTimestamp: day(1) },
    )
    const below = 'clicks: is below the minimum 0'
    expect(result).toEqual({
      written: 2,
      unchanged: 0,
      rejected: [
        { row: 0, reasons: [below, 'score: is above the maximum 1', 'name: is null'] },
        { row: 2, reasons: [below] },
      ],
      online: 'latest',
    })
    expect(await values('profile', 'r2', 'clicks', 'score', 'name')).toEqual([1, 1, 'b'])
    const kept = await rows(`SELECT window_start, window_end, reasons, content FROM fstore.rejected_rows
      WHERE content ->> 'user_id' LIKE 'r%' ORDER BY id`)
    const at = { window_start: day(1), window_end: day(1) }
    const content = { event_timestamp: day(1) }
    expect(kept).toEqual([
      { ...at, reasons: result.rejected[0]?.reasons, content: { ...content, user_id: 'r1', clicks: '-1', score: 2 } },
      { ...at, reasons: [below], content: { ...content, user_id: 'r2', clicks: '-5' } },
    ])
    await expect(store.setFeature({ feature: 'profile.clicks', key: 'r2', value: -1 })).rejects.toMatchObject({
      code: 'ROW_REJECTED',
      message: `The row of profile.clicks was rejected: ${below}.`,
    })
  })

  const fine = { key: 'v', features: { name: 'v' } }
  const hour = new Date(Date.now() + 3_600_000)

  test.each<[string, readonly PushRow[], string, string]>([
    [
      'a value of another type',
      [fine, { key: 'v', features: { clicks: '1' } }],
      'VALUE_INVALID',
      'rows[1].features.clicks is text, and must be a whole number.',
    ],
    ['no value', [fine, { key: 'v', features: {} }], 'VALUE_INVALID', 'rows[1].features gives no value.'],
    [
      'a feature that is none',
      [fine, { key: 'v', features: { click: 1 } }],
      'NAME_UNKNOWN',
      'rows[1].features.click is no feature of profile (Did you mean "clicks"?).',
    ],
    [
      'a key that is none',
      [fine, { ...fine, key: { id: 'v' } }],
      'KEY_INVALID',
      'rows[1].key cannot be read: user has no key "id".',
    ],
    [
      'a broken key',
      [fine, { ...fine, key: '\ud800' }],
      'KEY_INVALID',
      'rows[1].key holds half of a surrogate pair, which is no text.',
    ],
    [
      'an instant without a zone',
      [fine, { ...fine, eventTimestamp: '2026-03-01T00:00' }],
      'TIMESTAMP_INVALID',
      'rows[1].eventTimestamp cannot be read: "2026-03-01T00:00" has no time zone.',
    ],
    [
      'an instant ahead',
      [fine, { ...fine, eventTimestamp: hour }],
      'TIMESTAMP_INVALID',
      'rows[1].eventTimestamp lies more than a minute ahead of the clock of the database.',
    ],
  ])('%s fails its call, of which nothing is written, and no other', async (_, wrong, code, message) => {
    const [failed, other] = await Promise.allSettled([
      push('profile', ...wrong),
      push('profile', { ...fine, key: 'w' }),
    ])
    expect(failed).toMatchObject({ status: 'rejected', reason: { code, message } })
    expect(other).toMatchObject({ status: 'fulfilled', value: { written: 1 } })
    expect(await values('profile', 'v', 'name')).toEqual([null])
  })

  test('every mistake of a call is told at once', async () => {
    const wrong = push(
      'profile',
      { key: 1.5, features: { clicks: 'x', score: true } },
      { key: 'v', features: { name: 1 } },
    )
    await expect(wrong).rejects.toMatchObject({
      problems: [
        { path: 'rows[0].features.clicks' },
        { path: 'rows[0].features.score' },
        { path: 'rows[1].features.name' },
      ],
    })
  })

  test('a row that the database refuses fails its own call', async () => {
    const long = randomBytes(8_000).toString('hex')
    const calls = [...Array(20).keys()].map((i) =>
      push('counts', { key: i === 7 ? long : `long${i}`, features: { a: i } }),
    )
    const settled = await Promise.allSettled(calls)
    expect(settled.map(({ status }) => status)).toEqual(settled.map((_, i) => (i === 7 ? 'rejected' : 'fulfilled')))
    expect(await values('counts', 'long19', 'a')).toEqual([19])
  })

  test('calls that come together are written together, each in its place', async () => {
    const calls = [...Array(300).keys()].map((i) => push('counts', { key: `t${i % 7}`, features: { a: i } }))
    await Promise.all(calls)
    for (let k = 0; k < 7; k++)
      expect(await values('counts', `t${k}`, 'a')).toEqual([k + 7 * Math.floor((299 - k) / 7)])
    const [{ n }] = (await rows(`SELECT count(DISTINCT created_at) AS n FROM fstore_offline.counts
      WHERE user_id LIKE 't%'`)) as [{ n: number }]
    expect(n).toBeLessThan(10)
  })

  test('what a caller does with its rows afterwards changes nothing', async () => {
    const row = { key: 'reused', features: { a: 0 } }
    const calls = [1, 2, 3].map((a) => {
      row.features.a = a
      row.key = `reused${a}`
      return push('counts', row)
    })
    await Promise.all(calls)
    for (const a of [1, 2, 3]) expect(await values('counts', `reused${a}`, 'a')).toEqual([a])
    const key = { user_id: '' }
    const keyed = ['one', 'two'].map((name) => {
      key.user_id = name
      return push('counts', { key, features: { a: name.length + 1 } })
    })
    await Promise.all(keyed)
    for (const name of ['one', 'two']) expect(await values('counts', name, 'a')).toEqual([4])
  })

  test('a partition that is gone is made again', async () => {
    const at = '2019-05-05T00:00:00Z'
    await push('profile', { key: 'old', features: { name: 'x' }, eventTimestamp: at })
    const [{ name }] = (await rows(`SELECT schemaname || '.' || tablename AS name FROM pg_tables
      WHERE tablename LIKE 'profile%2019_05'`)) as [{ name: string }]
    await store.query(`DROP TABLE ${name}`)
    expect(await push('profile', { key: 'older', features: { name: 'x' }, eventTimestamp: at })).toMatchObject({
      written: 1,
    })
    // Its latest row is still there to build on, though its history is past its retention.
    expect(await push('profile', { key: 'old', features: { clicks: 1 }, eventTimestamp: at })).toMatchObject({
      written: 1,
    })
    expect(await values('profile', 'old', 'name', 'clicks')).toEqual(['x', 1])
  })

  test('an expired row that was cleaned up stays newer than what is pushed before it', async () => {
    const at = (eventTimestamp: string, name: string) =>
      push('profile', { key: 'cleaned', features: { name }, eventTimestamp })
    await at(day(3), 'three')
    await store.query(`DELETE FROM fstore_online.profile WHERE user_id = 'cleaned'`).catch(() => {})
    const [{ table }] = (await rows(`SELECT schemaname || '.' || tablename AS table FROM pg_tables
      WHERE schemaname = 'fstore_online' AND tablename LIKE 'profile%'`)) as [{ table: string }]
    await store.query(`DELETE FROM ${table} WHERE user_id = 'cleaned'`)
    await at(day(2), 'two')
    expect(await rows(`SELECT 1 FROM ${table} WHERE user_id = 'cleaned'`)).toEqual([])
    await store.setFeature({ feature: 'profile.clicks', key: 'cleaned', value: 1, eventTimestamp: day(4) })
    expect(await values('profile', 'cleaned', 'name')).toEqual(['three'])
  })

  test('a pushed group is not computed, and a computed one is not pushed', async () => {
    await become(profile, counts, kinds, doubled)
    await push('profile', { key: 'd1', features: { name: 'd', clicks: 4 }, eventTimestamp: day(1) })
    await store.build()
    expect(await values('doubled', 'd1', 'clicks2')).toEqual([8])
    // What is pushed makes nothing due.
    await push('profile', { key: 'd1', features: { clicks: 5 }, eventTimestamp: day(2) })
    expect(await store.build()).toMatchObject({ upToDate: true })
    expect(await values('doubled', 'd1', 'clicks2')).toEqual([8])
    await store.build({ full: true })
    expect(await values('doubled', 'd1', 'clicks2')).toEqual([10])

    const code = (code: string) => expect.objectContaining({ code })
    await expect(push('doubled', { key: 'd1', features: { clicks2: 1 } })).rejects.toMatchObject({
      code: 'PUSH_REFUSED',
      exitCode: 2,
      message: 'doubled is computed by SQL; nothing can be pushed to it.',
    })
    await expect(push('nothing', fine)).rejects.toEqual(code('NAME_UNKNOWN'))
    await expect(store.setFeature({ feature: 'profile.name@1', key: 'v', value: 'v' })).rejects.toEqual(code('USAGE'))
    await expect(store.preview({ group: 'profile' })).rejects.toEqual(code('NOT_COMPUTED'))
    const windows = { start: day(1), end: day(2) }
    await expect(store.materialize({ groups: ['profile'], ...windows })).rejects.toEqual(code('NOT_COMPUTED'))
    expect(await store.materialize({ groups: ['+doubled'], ...windows })).toMatchObject({ status: 'done' })
  })

  test('what the config declares and no build has made live is not built', async () => {
    const later = stream('later', { entity: user, features: { n: int64() } })
    const wider = stream('counts', {
      entity: user,
      partition: 'none',
      features: { a: int64(), b: int64(), c: int64() },
    })
    await become(profile, wider, later)
    const notBuilt = expect.objectContaining({ code: 'NOT_BUILT' })
    await expect(push('later', { key: 'n', features: { n: 1 } })).rejects.toEqual(notBuilt)
    await expect(push('counts', { key: 'n', features: { c: 1 } })).rejects.toEqual(notBuilt)
    // What is live goes on.
    expect(await push('counts', { key: 'n', features: { a: 1 } })).toMatchObject({ written: 1 })
  })
})
