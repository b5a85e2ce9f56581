/** A project to serve: drivers and users of several tenants, who all have the same keys and other values. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import {
  array,
  batch,
  createFeatureStore,
  defineConfig,
  entity,
  float64,
  increment,
  int64,
  onDemand,
  service,
  sql,
  stream,
  string,
  timestamp,
} from '../../src/index.js'
import { createServer, type FeatureServer, type ServerOptions } from '../../src/serve/index.js'
import type { AnyStore } from '../../src/store.js'

const driver = entity('driver', { driver_id: 'int64' })
const user = entity('user', { user_id: 'string' })
const once = { start: '2021-12-31', end: '2022-01-01' } as const

const stats = batch('driver_hourly_stats', {
  ...{ entity: driver, ...once },
  features: {
    conv_rate: float64(),
    acc_rate: float64(),
    avg_daily_trips: int64(),
    odometer: int64({ as: 'bigint' }),
    last_seen: timestamp(),
    badges: array('string'),
    tenant: string(),
  },
  sql: sql`SELECT driver_id, conv_rate, acc_rate, trips AS avg_daily_trips, odometer, last_seen, badges,
      CAST(:tenant_id AS text) AS tenant, TIMESTAMPTZ '2021-12-31 23:00Z' AS event_timestamp
    FROM (VALUES
      (1001::bigint, 0.5::float8, 0.25::float8, 308::bigint, 9007199254740993::bigint,
        TIMESTAMPTZ '2021-12-31 22:59:59.25Z', ARRAY['fast', 'kind']),
      (1002, 'NaN', '-Infinity', 332, -1, NULL, NULL),
      (1003, NULL, 0.75, 0, 0, TIMESTAMPTZ '1969-12-31 23:59:58.5Z', ARRAY[]::text[])
    ) AS d (driver_id, conv_rate, acc_rate, trips, odometer, last_seen, badges) WHERE :end_time > :start_time`,
})
const position = batch('position', {
  ...{ entity: driver, ...once, ttl: '1h' },
  features: { city: string() },
  sql: sql`SELECT 1001::bigint AS driver_id, 'Lisbon' AS city, TIMESTAMPTZ '2021-12-31 12:00:00.123456Z' AS event_timestamp
    WHERE :end_time > :start_time`,
})
const profile = batch('profile', {
  ...{ entity: user, ...once },
  features: { age: int64(), acc_rate: float64() },
  sql: sql`SELECT 'u1' AS user_id, 41::bigint AS age, 0.125::float8 AS acc_rate WHERE :end_time > :start_time`,
})
const shifted = onDemand('transformed_conv_rate', {
  entity: driver,
  version: 1,
  request: { val_to_add: int64() },
  features: { conv_rate_plus_val: float64() },
  inputs: [stats.pick('conv_rate')],
  compute: (inputs, { val_to_add }) => ({
    conv_rate_plus_val: (inputs['driver_hourly_stats.conv_rate'] ?? 0) + val_to_add,
  }),
})
const ratings = stream('ratings', {
  entity: user,
  version: 1,
  features: { given: int64() },
  events: { rated: z.object({ user_id: z.string(), stars: z.number().max(5) }) },
  on: { rated: { key: ({ user_id }) => user_id, set: { given: increment() } } },
})
const activity = service('driver_activity', [stats.pick('conv_rate', 'avg_daily_trips'), profile.pick('age')])

export interface Place {
  readonly project?: string
  readonly database?: string
  readonly redis?: string
}

export interface Served {
  readonly store: AnyStore
  readonly server: FeatureServer
  readonly url: string
  close(): Promise<void>
}

/** Built for every tenant named, and served. */
export async function serveDrivers(
  place: Place,
  { tenants = ['default'], ...options }: ServerOptions & { readonly tenants?: readonly string[] } = {},
): Promise<Served> {
  const { project = 'drivers', database = '', redis } = place
  const root = await mkdtemp(join(tmpdir(), 'fstore-serve-'))
  const profiles = { default: { database, ...(redis !== undefined && { redis }) } }
  const config = defineConfig({
    project,
    groups: [stats, position, profile, ratings, shifted],
    services: [activity],
    profiles,
  })
  const store = createFeatureStore(config, { root }) as unknown as AnyStore
  for (const tenant of tenants) {
    const own = tenant === store.tenant ? store : store.forTenant(tenant)
    const { status, groups } = await own.build({ online: true })
    if (status !== 'done') throw groups.find(({ error }) => error !== undefined)?.error
    if (own !== store) await own.close()
  }
  const server = createServer(store, options)
  const { url } = await server.listen({ port: 0 })
  const close = async () => {
    await server.close({ grace: 2_000 })
    await store.close()
    await rm(root, { recursive: true, force: true })
  }
  return { store, server, url, close }
}
