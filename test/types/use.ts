/** What an application reads, inferred from its config. Checked by tsc, not run. */
import type { Bare, Config, EntityName, FeaturesOf, FeatureValue, Key, KeyOf, Read, Value } from '../../src/index.js'
import type config from './config.js'
import type { airport, flight, route, routes } from './config.js'

type C = typeof config
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

/** The shape of a store's reads. */
declare const store: {
  getFeatures<const E extends EntityName<C>, const R extends keyof FeaturesOf<C, E>>(options: {
    entity: E
    key: Bare<KeyOf<C, E>>
    features: readonly R[]
  }): Promise<Read<Pick<FeaturesOf<C, E>, R>>>
  getMany<const E extends EntityName<C>, const R extends keyof FeaturesOf<C, E>>(options: {
    entity: E
    keys: readonly Bare<KeyOf<C, E>>[]
    features: readonly R[]
  }): Promise<Read<Pick<FeaturesOf<C, E>, R>>[]>
}

check<Equal<EntityName<C>, 'airport' | 'route'>>()
check<Equal<Key<typeof airport>, { airport: string }>>()
check<Equal<Key<typeof route>, { origin: string; destination: string }>>()
check<Equal<Key<typeof flight>, { flight_id: number | bigint | string; day: string }>>()
check<Equal<Bare<Key<typeof airport>>, string | { airport: string }>>()
check<Equal<Bare<Key<typeof route>>, { origin: string; destination: string }>>()

type Routes = (typeof routes)['features']
check<Equal<Value<Routes['distance']>, number>>()
check<Equal<Value<Routes['carrier']>, 'AA' | 'UA'>>()
check<Equal<Value<Routes['status']>, 'open' | 'closed'>>()
check<Equal<Value<Routes['name']>, string>>()
check<Equal<Value<Routes['open']>, boolean>>()
check<Equal<Value<Routes['exact']>, string>>()
check<Equal<Value<Routes['delays']>, (number | null)[]>>()
check<Equal<Value<Routes['codes']>, (string | null)[]>>()
check<Equal<Value<Routes['vector']>, Float32Array>>()
check<
  Equal<
    FeaturesOf<C, 'airport'>,
    {
      'departures.late_share_7d': number
      'departures.flights_7d': number
      'arrivals.passengers': bigint
      'arrivals.last_seen': Date
    }
  >
>()

/** Any config fits where its groups do not matter. */
export const any: Config = {} as C

export async function reads(): Promise<void> {
  const read = await store.getFeatures({
    entity: 'airport',
    key: 'SFO',
    features: ['departures.late_share_7d', 'arrivals.last_seen'],
  })
  check<Equal<(typeof read.values)['departures.late_share_7d'], number | null>>()
  check<Equal<(typeof read.values)['arrivals.last_seen'], Date | null>>()
  const value: FeatureValue<number> = read.features['departures.late_share_7d']
  if (value.status === 'PRESENT') value.value.toFixed()
  if (value.status === 'EXPIRED') check<Equal<typeof value.value, null>>()
  if (value.status === 'NOT_FOUND') check<Equal<typeof value.eventTimestamp, null>>()

  const many = await store.getMany({
    entity: 'route',
    keys: [{ origin: 'SFO', destination: 'LAX' }],
    features: ['routes.distance'],
  })
  check<Equal<(typeof many)[number]['values']['routes.distance'], number | null>>()

  // @ts-expect-error unknown entity
  await store.getFeatures({ entity: 'airports', key: 'SFO', features: [] })
  // @ts-expect-error unknown feature
  await store.getFeatures({ entity: 'airport', key: 'SFO', features: ['departures.late'] })
  // @ts-expect-error another entity's feature
  await store.getMany({ entity: 'route', keys: [], features: ['departures.flights_7d'] })
  // @ts-expect-error two keys
  await store.getMany({ entity: 'route', keys: ['SFO'], features: ['routes.distance'] })
  // @ts-expect-error a key is missing
  await store.getMany({ entity: 'route', keys: [{ origin: 'SFO' }], features: ['routes.distance'] })
  // @ts-expect-error not read
  read.values['departures.flights_7d']
}
