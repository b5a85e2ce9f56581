/** What an application does: builds a store of its config, and asks it for the vector of a service. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  batch,
  createFeatureStore,
  defineConfig,
  entity,
  type FeatureStore,
  float64,
  int64,
  service,
  sql,
} from '../../src/index.js'
import { describeEachDatabase } from '../servers/databases.js'

const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const once = { every: '1d', start: '2024-03-01', end: '2024-03-02' } as const

const departures = batch('departures', {
  entity: airport,
  ...once,
  sql: sql`SELECT * FROM (VALUES ('SFO', 0.25::float8), ('LAX', 0.5)) AS v (airport, late)`,
  features: { late: float64() },
})
const routes = batch('routes', {
  entity: route,
  ...once,
  sql: sql`SELECT 'SFO' AS origin, 'LAX' AS destination, 337 AS distance`,
  features: { distance: int64() },
})
const config = (database: string) =>
  defineConfig({
    project: 'flights',
    groups: [departures, routes],
    services: [
      service('late_v1', [
        departures.pick('late').as('origin', { airport: 'origin' }),
        departures.pick('late').as('destination', { airport: 'destination' }),
        routes.pick('distance'),
      ]),
    ],
    profiles: { default: { database } },
  })

describeEachDatabase((given) => {
  let root: string
  let store: FeatureStore<ReturnType<typeof config>>

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-store-'))
    // Without a URL the store is embedded, in its folder.
    store = createFeatureStore(config(given.url), { root })
    expect(await store.build()).toMatchObject({ status: 'done' })
  })
  afterAll(async () => {
    await store.close()
    await rm(root, { recursive: true, force: true })
  })

  test('a vector, and many', async () => {
    const there = { origin: 'SFO', destination: 'LAX' }
    const { values } = await store.getVector({ service: 'late_v1', keys: there })
    const late: number | null = values['origin.late']
    expect(late).toBe(0.25)
    expect(values).toEqual({ 'origin.late': 0.25, 'destination.late': 0.5, 'routes.distance': 337 })
    const back = { origin: 'LAX', destination: 'SFO' }
    const vectors = await store.getVectors({ service: 'late_v1', keys: [back, there] })
    expect(vectors.map((vector) => Object.values(vector.values))).toEqual([
      [0.5, 0.25, null],
      [0.25, 0.5, 337],
    ])
    expect(vectors[0]?.features['routes.distance'].status).toBe('NOT_FOUND')
  })
})
