/** A config with one of everything: what the types are inferred from. Checked by tsc, not run. */
import {
  array,
  batch,
  bool,
  defineConfig,
  embedding,
  entity,
  env,
  float64,
  int64,
  sql,
  sqlFile,
  string,
  timestamp,
} from '../../src/index.js'

export const airport = entity('airport', { airport: 'string' })
export const route = entity('route', { origin: 'string', destination: 'string' })
export const flight = entity('flight', { flight_id: 'int64', day: 'uuid' }, { description: 'One flight.' })

export const departures = batch('departures', {
  entity: airport,
  every: '1d',
  start: '2001-01-01',
  end: '2001-04-01',
  sql: sqlFile('features/departures.sql'),
  features: {
    late_share_7d: float64({ min: 0, max: 1, notNull: true, aggregation: 'avg', window: '7d' }),
    flights_7d: int64({ description: 'Departures.', tags: ['volume'], owner: 'ops', status: 'active' }),
  },
})

export const arrivals = batch('arrivals', {
  entity: airport,
  sql: sql`SELECT 1`,
  features: { passengers: int64({ as: 'bigint', max: 2n ** 60n }), last_seen: timestamp({ min: '2001-01-01' }) },
})

export const routes = batch('routes', {
  entity: route,
  ttl: '1.5h',
  schedule: '0 3 * * *',
  retention: '400d',
  partition: 'year',
  maxRejected: 10,
  features: {
    distance: int64({ sql: sqlFile('features/distance.sql') }),
    carrier: string({ allowedValues: ['AA', 'UA'] }),
    status: string<'open' | 'closed'>(),
    name: string({ pattern: '^[A-Z]' }),
    open: bool(),
    exact: timestamp({ as: 'string', max: new Date(0) }),
    delays: array(),
    codes: array('string', { notNull: true }),
    vector: embedding(3),
  },
})

export default defineConfig({
  project: 'flights',
  schema: 'flights',
  groups: [departures, arrivals, routes],
  profiles: { prod: { database: env('DATABASE_URL'), redis: env('REDIS_URL', 'redis://localhost'), tenant: 'acme' } },
})

// @ts-expect-error a group needs features
batch('x', { entity: airport, sql: sql`SELECT 1` })
// @ts-expect-error a group needs an entity
batch('x', { features: { a: int64() }, sql: sql`SELECT 1` })
// @ts-expect-error an option that is not one
batch('x', { entity: airport, features: { a: int64() }, sqll: sql`SELECT 1` })
// @ts-expect-error SQL is not plain text
batch('x', { entity: airport, features: { a: int64() }, sql: 'SELECT 1' })
// @ts-expect-error not a duration
batch('x', { entity: airport, features: { a: int64() }, ttl: '7 days' })
// @ts-expect-error not a feature
batch('x', { entity: airport, features: { a: 'int64' } })
// @ts-expect-error not a type of key
entity('x', { id: 'text' })
// @ts-expect-error sql takes no values
sql`SELECT ${1}`
// @ts-expect-error a pattern is a rule for text
int64({ pattern: 'x' })
// @ts-expect-error the bound of a number
int64({ min: 1n })
// @ts-expect-error the bound of a bigint
int64({ as: 'bigint', min: 1 })
// @ts-expect-error not an allowed value
string<'a' | 'b'>({ allowedValues: ['c'] })
// @ts-expect-error a dimension is missing
embedding()
// @ts-expect-error not an element
array('json')
// @ts-expect-error not a group
defineConfig({ project: 'x', groups: [airport] })
// @ts-expect-error not a setting of a profile
defineConfig({ project: 'x', groups: [departures], profiles: { prod: { databse: '' } } })
