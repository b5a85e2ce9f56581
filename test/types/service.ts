/** Services and datasets, and what an application reads of them. Checked by tsc, not run. */
import {
  batch,
  bool,
  type Config,
  type Dataset,
  type DatasetOf,
  dataset,
  defineConfig,
  type FeatureStore,
  int64,
  type JoinKeys,
  type ServiceName,
  type ServiceOf,
  service,
  sql,
  sqlFile,
  type Vector,
} from '../../src/index.js'
import { airport, arrivals, departures, flight, routes } from './config.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

const flights = batch('flights', { entity: flight, features: { seats: int64() }, sql: sql`SELECT 1` })

const lateV1 = service('late_v1', [
  departures.pick('late_share_7d').as('origin', { airport: 'origin' }),
  departures.pick('late_share_7d', 'flights_7d').as('destination', { airport: 'destination' }),
  arrivals.pick('passengers', 'last_seen'),
  routes.pick('status', 'delays', 'vector'),
])
const seats = service('seats', [flights.pick('seats')], { description: 'How large the plane is.' })
const late = dataset('late_flights', {
  service: lateV1,
  spine: sqlFile('datasets/late.sql'),
  label: { late: bool(), minutes: int64() },
  split: { by: 'time', train: 0.7, validation: 0.15, test: 0.15 },
  sample: 1000,
  stratify: 'late',
  seed: 1,
})
const config = defineConfig({
  project: 'flights',
  groups: [departures, arrivals, routes, flights],
  services: [lateV1, seats],
  datasets: [late],
})
type C = typeof config

check<Equal<ServiceName<C>, 'late_v1' | 'seats'>>()
check<Equal<ServiceOf<C>, typeof lateV1 | typeof seats>>()
check<Equal<DatasetOf<C>, typeof late>>()
check<
  Equal<
    Vector<typeof lateV1>,
    {
      'origin.late_share_7d': number
      'destination.late_share_7d': number
      'destination.flights_7d': number
      'arrivals.passengers': bigint
      'arrivals.last_seen': Date
      'routes.status': 'open' | 'closed'
      'routes.delays': (number | null)[]
      'routes.vector': Float32Array
    }
  >
>()
check<Equal<Vector<typeof late>, Vector<typeof lateV1>>>()
check<Equal<JoinKeys<typeof lateV1>, { airport: string; origin: string; destination: string }>>()
check<Equal<JoinKeys<typeof seats>, { flight_id: number | bigint | string; day: string }>>()

/** Any config fits where what it declares does not matter; so does any dataset. */
export const any: Config = config
export const anyDataset: Dataset = late

export async function reads(store: FeatureStore<C>): Promise<void> {
  const keys = { airport: 'SFO', origin: 'SFO', destination: 'LAX' }
  const read = await store.getVector({ service: 'late_v1', keys })
  check<Equal<(typeof read.values)['destination.late_share_7d'], number | null>>()
  check<Equal<(typeof read.values)['routes.status'], 'open' | 'closed' | null>>()
  if (read.features['arrivals.last_seen'].status === 'PRESENT') read.features['arrivals.last_seen'].value.getTime()
  await store.getVector({ service: 'seats', keys: { flight_id: 12n, day: 'x' } })
  const many = await store.getVectors({ service: 'late_v1', keys: [keys, keys] })
  check<Equal<(typeof many)[number]['values']['arrivals.passengers'], bigint | null>>()

  const { columns } = await store.loadMatrix('late_flights', { sample: 10 })
  check<Equal<typeof columns, readonly string[]>>()
  // @ts-expect-error unknown dataset
  await store.loadMatrix('late')

  // @ts-expect-error missing join key
  await store.getVector({ service: 'late_v1', keys: { airport: 'SFO', origin: 'SFO' } })
  // @ts-expect-error a join key that is not one
  await store.getVector({ service: 'late_v1', keys: { ...keys, city: 'x' } })
  // @ts-expect-error a key of another type
  await store.getVector({ service: 'late_v1', keys: { ...keys, origin: 1 } })
  // @ts-expect-error unknown service
  await store.getVector({ service: 'late_v2', keys })
  // @ts-expect-error a join key is missing in one of many
  await store.getVectors({ service: 'late_v1', keys: [keys, { origin: 'SFO' }] })
  // @ts-expect-error not of the vector
  read.values['origin.flights_7d']
}

// @ts-expect-error unknown feature
departures.pick('late_share')
// @ts-expect-error no feature
departures.pick()
// @ts-expect-error a key that the entity lacks
departures.pick('flights_7d').as('origin', { airport: 'origin', city: 'x' })
// @ts-expect-error not all keys
routes.pick('distance').as('there', { origin: 'origin' })
// @ts-expect-error an alias says where its keys are
departures.pick('flights_7d').as('origin')
// @ts-expect-error named already
departures.pick('flights_7d').as('origin', { airport: 'origin' }).as('other', { airport: 'other' })
// @ts-expect-error a group is not a pick
service('x', [departures])
// @ts-expect-error an entity is not a service
dataset('x', { service: airport, spine: sql`SELECT 1` })
// @ts-expect-error not a label
dataset('x', { service: lateV1, spine: sql`SELECT 1`, label: { late: bool() }, stratify: 'early' })
// @ts-expect-error nothing to split by
dataset('x', { service: lateV1, spine: sql`SELECT 1`, split: { train: 1 } })
// @ts-expect-error a spine is missing
dataset('x', { service: lateV1 })
// @ts-expect-error a dataset is not a service
defineConfig({ project: 'x', groups: [departures], services: [late] })
