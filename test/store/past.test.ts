/** The past through a store, as an application reads it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  batch,
  createFeatureStore,
  defineConfig,
  entity,
  type FeatureStore,
  int64,
  sql,
  string,
} from '../../src/index.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const activity = batch('activity', {
  entity: user,
  every: '1d',
  start: '2026-03-01',
  end: '2026-03-04',
  features: { n: int64(), text: string() },
  sql: sql`SELECT 'u' || i AS user_id, i AS n, repeat('é' || chr(8232), 20) || i AS text
    FROM generate_series(1, 20000) AS i WHERE :end_time > :start_time`,
})
const config = (url: string) =>
  defineConfig({ project: 'demo', groups: [activity], profiles: { default: { database: url } } })

describeEachDatabase((given) => {
  let root: string
  let store: FeatureStore<ReturnType<typeof config>>

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-past-'))
    store = createFeatureStore(config(given.url), { root })
    expect(await store.build()).toMatchObject({ status: 'done' })
  })
  afterAll(async () => {
    await store.close()
    await rm(root, { recursive: true, force: true })
  })

  const features = ['activity.n', 'activity.text'] as const
  const leftovers = async () => (await readdir(tmpdir())).filter((name) => /^fstore-(rows|copy)-/.test(name))

  test('a range comes as it is read, whatever else the reader asks meanwhile', async () => {
    let rows = 0
    for await (const { key, features } of store.range({ entity: 'user', start: '2026-03-02', end: '2026-03-04' })) {
      const n = Number(key.user_id.slice(1))
      expect(features['activity.n']).toBe(n)
      if (rows++ % 10_000 !== 0) continue
      expect(features['activity.text']).toBe(`${'é\u2028'.repeat(20)}${n}`)
      expect((await store.getFeatures({ entity: 'user', key, features: ['activity.n'] })).values).toEqual({
        'activity.n': n,
      })
    }
    expect(rows).toBe(40_000)
  })

  test('who leaves a range early leaves nothing behind, and can read again', async () => {
    const before = await leftovers()
    for (let again = 0; again < 10; again++) {
      for await (const row of store.range({ entity: 'user', features })) {
        expect(row.key).toEqual({ user_id: 'u1' })
        break
      }
    }
    // What another suite has there meanwhile goes again.
    let left = (await leftovers()).filter((name) => !before.includes(name))
    for (let attempt = 0; attempt < 100 && left.length > 0; attempt++) {
      await sleep(50)
      const still = await leftovers()
      left = left.filter((name) => still.includes(name))
    }
    expect(left).toEqual([])
    const range = store.range({ entity: 'user', keys: ['u2', { user_id: 'u1' }, 'u2', 'none'] })
    expect((await range).map(({ key }) => key.user_id)).toEqual(['u1', 'u1', 'u1', 'u2', 'u2', 'u2'])
    expect(await range).toHaveLength(6)
  })

  test('history and aggregates are arrays to who awaits them', async () => {
    const history = await store.history({ feature: 'activity.n', key: 'u7', limit: 2 })
    expect(history.map(({ value, eventTimestampText }) => [value, eventTimestampText])).toEqual([
      [7, '2026-03-04T00:00:00Z'],
      [7, '2026-03-03T00:00:00Z'],
    ])
    expect(await store.aggregate({ feature: 'activity.n', aggregation: 'sum', by: 'day', end: '2026-03-03' })).toEqual([
      { bucket: new Date('2026-03-02'), key: null, value: 200_010_000 },
    ])
    await expect(store.history({ feature: 'activity.x' as 'activity.n', key: 'u' })).rejects.toMatchObject({
      code: 'NAME_UNKNOWN',
    })
  })

  test('features at an instant', async () => {
    const request = { entity: 'user', key: 'u7', features: ['activity.n'] } as const
    const at = new Date('2026-03-02T23:00:00Z')
    expect(await store.featuresAt({ ...request, at })).toEqual({
      features: {
        'activity.n': {
          value: 7,
          status: 'PRESENT',
          eventTimestamp: new Date('2026-03-02'),
          eventTimestampText: '2026-03-02T00:00:00Z',
          source: 'history',
        },
      },
      values: { 'activity.n': 7 },
      latencyMs: expect.any(Number),
      metadata: { skipped: [] },
    })
    const before = await store.featuresAt({ ...request, at: '2026-03-01T23:59:59.999999Z' })
    expect(before.features['activity.n'].status).toBe('NOT_FOUND')
    await expect(store.featuresAt({ ...request, at: '2026-03-02T00:00:00' })).rejects.toMatchObject({
      code: 'TIMESTAMP_INVALID',
    })
  })

  test('statistics', async () => {
    expect(await store.stats()).toMatchObject({ groups: [{ group: 'activity', totalRows: 60_000, entities: 20_000 }] })
  })
})
