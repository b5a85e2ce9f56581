/** On-demand groups, and what an application has to say to read them. Checked by tsc, not run. */
import {
  batch,
  defineConfig,
  type FeatureStore,
  float64,
  int64,
  onDemand,
  service,
  sql,
  timestamp,
} from '../../src/index.js'
import { airport, departures, route, routes } from './config.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

const risk = onDemand('risk', {
  entity: route,
  version: 1,
  request: { scheduled_at: timestamp() },
  features: { score: float64(), rank: int64({ as: 'bigint' }) },
  inputs: [routes.pick('delays'), departures.pick('late_share_7d').as('origin', { airport: 'origin' })],
  compute: (inputs, request) => {
    check<Equal<(typeof inputs)['origin.late_share_7d'], number | null>>()
    check<Equal<(typeof request)['scheduled_at'], Date>>()
    // @ts-expect-error no input of that name
    inputs['origin.flights_7d']
    return { score: (inputs['origin.late_share_7d'] ?? 0) * request.scheduled_at.getUTCHours(), rank: null }
  },
})
const doubled = onDemand('doubled', {
  entity: route,
  version: 1,
  request: { factor: float64() },
  features: { score: float64() },
  inputs: [risk.pick('score')],
  compute: (inputs, { factor }) => ({ score: (inputs['risk.score'] ?? 0) * factor }),
})
const age = onDemand('age', { entity: airport, features: { days: int64() }, sql: sql`SELECT airport, :at AS days` })
// @ts-expect-error a value of another type
onDemand('bad', { entity: airport, version: 1, features: { a: int64() }, inputs: [], compute: () => ({ a: 'x' }) })
// @ts-expect-error a feature is left out
onDemand('bad', { entity: airport, version: 1, features: { a: int64() }, inputs: [], compute: () => ({}) })
// @ts-expect-error a function has a version
onDemand('bad', { entity: airport, features: { a: int64() }, inputs: [], compute: () => ({ a: 1 }) })

const plain = batch('plain', { entity: route, features: { n: int64() }, sql: sql`SELECT 1` })
const vector = service('vector', [doubled.pick('score'), routes.pick('delays')])
const stored = service('stored', [routes.pick('delays')])
const config = defineConfig({
  project: 'flights',
  groups: [departures, routes, plain, risk, doubled, age],
  services: [vector, stored],
})

export async function reads(store: FeatureStore<typeof config>): Promise<void> {
  const key = { origin: 'SFO', destination: 'LAX' }
  const request = { scheduled_at: new Date(), factor: 2 }
  const read = await store.getFeatures({ entity: 'route', key, features: ['risk.score', 'plain.n'], request })
  check<Equal<(typeof read.values)['risk.score'], number | null>>()
  await store.getFeatures({ entity: 'route', key, features: ['plain.n'] })
  await store.getFeatures({ entity: 'airport', key: 'SFO', features: ['age.days'] })
  const keys = [key]
  await store.getMany({ entity: 'route', keys, features: ['doubled.score'], request: [request] })
  await store.getVector({ service: 'vector', keys: key, request })
  await store.getVector({ service: 'stored', keys: key })
  await store.vectorAt({ service: 'vector', keys: key, request, at: '2001-03-01' })
  await store.featuresAt({ entity: 'route', key, features: ['risk.rank'], request, at: '2001-03-01' })
  // @ts-expect-error it is computed with request data
  await store.getFeatures({ entity: 'route', key, features: ['risk.score'] })
  // @ts-expect-error of another type
  await store.getFeatures({ entity: 'route', key, features: ['risk.score'], request: { scheduled_at: 'now' } })
  // @ts-expect-error what it is computed of needs more
  await store.getVector({ service: 'vector', keys: key, request: { factor: 2 } })
  // @ts-expect-error nothing of it is computed
  await store.getVector({ service: 'stored', keys: key, request })
}
