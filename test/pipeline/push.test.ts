/** Values that an application pushes: what is kept, what is rejected, what is refused. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createFeatureStore, defineConfig, entity, type FeatureStore, float64, int64, stream, string } from '../../src/index.js'
import { createDatabase, describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const profile = stream('profile', {
  entity: user,
  features: { clicks: int64({ min: 0 }), score: float64({ max: 1 }), name: string({ notNull: true }) },
})
const config = (url: string) =>
  defineConfig({ project: 'demo', groups: [profile], profiles: { default: { database: url } } })

describeEachDatabase((given) => {
  let root: string
  let store: FeatureStore<ReturnType<typeof config>>

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-push-'))
    store = createFeatureStore(config(given.url), { root })
    expect(await store.build()).toMatchObject({ status: 'done' })
  })
  afterAll(async () => {
    await store.close()
    await rm(root, { recursive: true, force: true })
  })

  test('smoke', async () => {
    const done = await store.setFeatures({ group: 'profile', rows: [
      { key: 'u1', features: { clicks: 1, score: 0.5, name: 'a' }, eventTimestamp: '2026-03-01T00:00:00Z' },
      { key: { user_id: 'u1' }, features: { clicks: 2 }, eventTimestamp: '2026-03-02T00:00:00Z' },
      { key: 'u2', features: { clicks: -2 }, eventTimestamp: '2026-03-02T00:00:00Z' },
      { key: 'u3', features: { clicks: 7, name: 'c' } },
    ] })
    console.log(JSON.stringify(done))
    console.log(await store.setFeature({ feature: 'profile.score', key: 'u1', value: null }))
    console.log(JSON.stringify(await store.getMany({ entity: 'user', keys: ['u1', 'u2', 'u3'], features: ['profile.clicks', 'profile.score', 'profile.name'] }), null, 1))
    console.log(await store.history({ feature: 'profile.clicks', key: 'u1' }))
  })
})
