/** A service's vector: many groups of several entities, one of them twice, read as one. */

import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseConfig } from '../../src/config/parse.js'
import { migrate } from '../../src/db/migrate.js'
import { batch, defineConfig, entity, float64, int64, service, sql, string } from '../../src/index.js'
import { latestTier } from '../../src/online/latest.js'
import { openMemory } from '../../src/online/memory.js'
import { openReader, type Reader } from '../../src/online/reader.js'
import type { Tier } from '../../src/online/tier.js'
import { Tiers } from '../../src/online/tiered.js'
import { Versions } from '../../src/online/versions.js'
import { build } from '../../src/plan/execute.js'
import { Run } from '../../src/plan/run.js'
import { Catalog } from '../../src/registry/catalog.js'
import { describeEachDatabase } from '../servers/databases.js'

const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const plane = entity('plane', { plane: 'int64' })
const once = { every: '1d', start: '2024-03-01', end: '2024-03-02' } as const

const departures = batch('departures', {
  entity: airport,
  ...once,
  sql: sql`SELECT airport, late, flights FROM airports`,
  features: { late: float64(), flights: int64() },
})
const weather = batch('weather', {
  entity: airport,
  ...once,
  ttl: '1h',
  sql: sql`SELECT airport, 'fog' AS sky FROM airports`,
  features: { sky: string() },
})
const routes = batch('routes', {
  entity: route,
  ...once,
  sql: sql`SELECT a.airport AS origin, b.airport AS destination, a.flights * 1000 + b.flights AS distance
           FROM airports AS a, airports AS b`,
  features: { distance: int64() },
})
const planes = batch('planes', {
  entity: plane,
  ...once,
  sql: sql`SELECT 7::bigint AS plane, 9007199254740993 AS hours`,
  features: { hours: int64({ as: 'bigint' }) },
})
const future = batch('future', { entity: airport, ...once, sql: sql`SELECT 1`, features: { x: int64(), y: int64() } })

const project = parseConfig(
  defineConfig({
    project: 'flights',
    groups: [departures, weather, routes, planes, future],
    services: [
      service('flight', [
        routes.pick('distance'),
        departures.pick('flights', 'late').as('destination', { airport: 'destination' }),
        planes.pick('hours').as('plane', { plane: 'tail' }),
        departures.pick('late').as('origin', { airport: 'origin' }),
        weather.pick('sky').as('sky', { airport: 'origin' }),
      ]),
      service('tomorrow', [departures.pick('late'), future.pick('y', 'x').as('then', { airport: 'airport' })]),
    ],
  }),
)

describeEachDatabase((given) => {
  let asked: { tier: string; rows: number }[]
  let reader: Reader
  let catalog: Catalog

  /** The tier itself, with a note of every round trip. */
  const noted = (tier: Tier): Tier => ({
    ...tier,
    read: (tenant, lookups) => {
      asked.push({ tier: tier.name, rows: lookups.length })
      return tier.read(tenant, lookups)
    },
  })

  beforeAll(async () => {
    const { db } = given
    // The first migration makes the role that is let in.
    await migrate({ db, schema: 'fstore' })
    await db.transaction({ role: 'owner' }, (tx) =>
      tx.script(`CREATE TABLE airports (airport text, late float8, flights int);
        INSERT INTO airports VALUES ('SFO', 0.25, 1), ('LAX', 0.5, 2), ('JFK', NULL, 3);
        GRANT SELECT ON airports TO fstore_app`),
    )
    const scope = { db, project, root: '/', files: [], tenant: 'default' }
    const result = await new Run(build(scope, { select: ['departures', 'weather', 'routes', 'planes'] }))
    expect(result.status).toBe('done')
  })

  beforeEach(() => {
    asked = []
    catalog = new Catalog(given.db, 'fstore')
    const tiers = new Tiers(openMemory({ ttl: 60_000 }), [noted(latestTier(given.db, 'fstore_online'))])
    reader = openReader({ project, tenant: 'default', tiers, versions: new Versions(catalog) })
  })

  const vector = async (keys: unknown, service = 'flight') => {
    const [read] = await reader.readVectors({ service, keys: [keys] })
    return read as NonNullable<typeof read>
  }
  const keys = { origin: 'SFO', destination: 'LAX', tail: 7 }

  test('has the names and the order of its service, and each value of its own entity', async () => {
    const { values, features, latencyMs } = await vector(keys)
    expect(Object.entries(values)).toEqual([
      ['routes.distance', 1002],
      ['destination.flights', 2],
      ['destination.late', 0.5],
      ['plane.hours', 9007199254740993n],
      ['origin.late', 0.25],
      ['sky.sky', null],
    ])
    expect(Object.keys(features)).toEqual(Object.keys(values))
    expect(features['origin.late']).toEqual({
      value: 0.25,
      status: 'PRESENT',
      eventTimestamp: new Date('2024-03-02T00:00:00Z'),
      eventTimestampText: '2024-03-02T00:00:00Z',
      source: 'latest',
    })
    expect(latencyMs).toBeGreaterThan(0)
  })

  test('says of each value how it stands', async () => {
    const { features } = await vector({ origin: 'JFK', destination: 'XXX', tail: '0008' })
    const statuses = Object.fromEntries(Object.entries(features).map(([name, { status }]) => [name, status]))
    expect(statuses).toEqual({
      'routes.distance': 'NOT_FOUND',
      'destination.flights': 'NOT_FOUND',
      'destination.late': 'NOT_FOUND',
      'plane.hours': 'NOT_FOUND',
      'origin.late': 'NULL_VALUE',
      'sky.sky': 'EXPIRED',
    })
  })

  test('is read in one round trip a tier, however many are asked', async () => {
    const many = [keys, { ...keys, origin: 'LAX', destination: 'SFO' }, { ...keys, destination: 'SFO' }]
    const reads = await reader.readVectors({ service: 'flight', keys: many })
    // Vectors share airports and a plane: what is asked for several times is asked once.
    expect(asked).toEqual([{ tier: 'latest', rows: 8 }])
    expect(reads.map(({ values }) => [values['routes.distance'], values['origin.late']])).toEqual([
      [1002, 0.25],
      [2001, 0.5],
      [1001, 0.25],
    ])
    asked = []
    const again = await reader.readVectors({ service: 'flight', keys: many })
    expect(asked).toEqual([])
    expect(again.map(({ values }) => values)).toEqual(reads.map(({ values }) => values))
    expect(again[0]?.features['origin.late']).toMatchObject({ source: 'memory' })
    expect(await reader.readVectors({ service: 'flight', keys: [] })).toEqual([])
  })

  test('holds what a read of each entity says', async () => {
    const { features } = await vector(keys)
    const read = async (entity: string, key: unknown) =>
      (await reader.readFeatures({ entity, keys: [key] }))[0]?.features ?? {}
    const origin = await read('airport', 'SFO')
    const destination = await read('airport', 'LAX')
    // From memory now: where a value comes from is all that may differ.
    const same = (a: object | undefined, b: object | undefined) =>
      expect({ ...a, source: '' }).toEqual({ ...b, source: '' })
    same(features['origin.late'], origin['departures.late'])
    same(features['destination.late'], destination['departures.late'])
    same(features['sky.sky'], origin['weather.sky'])
    same(features['routes.distance'], (await read('route', { origin: 'SFO', destination: 'LAX' }))['routes.distance'])
    same(features['plane.hours'], (await read('plane', 7n))['planes.hours'])
  })

  describe('refuses', () => {
    test.each([
      [{ origin: 'SFO', tail: 7 }, 'The key "destination" is missing.'],
      [{ ...keys, airport: 'SFO' }, 'flight has no key "airport".'],
      [{ ...keys, tail: 'N7' }, 'The key "tail" of flight must be an int64; "N7" is not.'],
      [{ ...keys, origin: true }, 'The key "origin" is boolean; it must be a string.'],
    ])('the keys %j', async (wrong, message) => {
      await expect(vector(wrong)).rejects.toMatchObject({ code: 'KEY_INVALID', message })
      expect(asked).toEqual([])
    })

    test('a service that is not one', async () => {
      const unknown = { code: 'NAME_UNKNOWN', fix: 'Did you mean "flight"?' }
      await expect(vector(keys, 'flights')).rejects.toMatchObject(unknown)
    })

    test('a service with a group that was never built', async () => {
      await expect(vector({ airport: 'SFO' }, 'tomorrow')).rejects.toMatchObject({
        code: 'NOT_BUILT',
        message: 'Not built yet: future.y, future.x.',
        fix: expect.stringContaining('fstore build --select future'),
      })
    })
  })
})
