/** What reads of the past give, inferred from a config. Checked by tsc, not run. */
import type { FeatureStore } from '../../src/index.js'
import type config from './config.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

export async function reads(store: FeatureStore<typeof config>): Promise<void> {
  const at = '2026-03-01'
  const read = await store.featuresAt({ entity: 'airport', key: 'SFO', features: ['arrivals.passengers'], at })
  check<Equal<(typeof read.values)['arrivals.passengers'], bigint | null>>()

  const rows = await store.history({ feature: 'arrivals.last_seen', key: 'SFO', start: new Date(), limit: 3 })
  check<Equal<(typeof rows)[number]['value'], Date | null>>()

  const route = { origin: 'SFO', destination: 'LAX' }
  for await (const { key, features } of store.range({ entity: 'route', keys: [route], features: ['routes.carrier'] })) {
    check<Equal<typeof key, { origin: string; destination: string }>>()
    check<Equal<(typeof features)['routes.carrier'], 'AA' | 'UA' | null | undefined>>()
  }
  const [all] = await store.range({ entity: 'airport' })
  check<Equal<NonNullable<typeof all>['features']['departures.flights_7d'], number | null | undefined>>()

  await store.aggregate({ feature: 'routes.distance', aggregation: 'sum', by: 'week', keys: [route], perEntity: true })
  await store.stats()

  // @ts-expect-error unknown feature
  await store.history({ feature: 'arrivals.passenger', key: 'SFO' })
  // @ts-expect-error the key of another entity
  await store.history({ feature: 'routes.distance', key: 'SFO' })
  // @ts-expect-error another entity's feature
  await store.range({ entity: 'airport', features: ['routes.distance'] })
  // @ts-expect-error an instant is needed
  await store.featuresAt({ entity: 'airport', key: 'SFO', features: ['arrivals.passengers'] })
  // @ts-expect-error no such aggregation
  await store.aggregate({ feature: 'routes.distance', aggregation: 'median' })
  // @ts-expect-error no such bucket
  await store.aggregate({ feature: 'routes.distance', aggregation: 'sum', by: 'year' })
}
