/** What is inferred of a rolling group. Checked by tsc, not run. */
import { createFeatureStore, defineConfig, entity, rolling, service, sql } from '../../src/index.js'

const airport = entity('airport', { airport: 'string' })

const departures = rolling('departures', {
  entity: airport,
  source: 'flights',
  timestamp: 'arrived_at',
  keys: { airport: 'origin' },
  measures: {
    flights: { functions: ['count'] },
    late: { expr: '(delay >= 15)::int', functions: ['avg', 'count_distinct'] },
  },
  windows: ['7d', '28d'],
  every: '1d',
  start: '2001-01-01',
  end: '2001-04-01',
  ttl: '2d',
})

const lateV1 = service('late_v1', [departures.pick('late__avg__7d').as('origin', { airport: 'origin' })])
const store = createFeatureStore(defineConfig({ project: 'flights', groups: [departures], services: [lateV1] }))

export async function reads(): Promise<(number | null)[]> {
  const features = ['departures.late__avg__7d', 'departures.flights__count__28d'] as const
  const { values } = await store.getFeatures({ entity: 'airport', key: 'SFO', features })
  const vector = await store.getVector({ service: 'late_v1', keys: { origin: 'SFO' } })
  return [values['departures.late__avg__7d'], vector.values['origin.late__avg__7d']]
}

// @ts-expect-error a window that is not declared
departures.pick('late__avg__30d')
// @ts-expect-error a function that the measure does not have
departures.pick('flights__avg__7d')

const usual = { entity: airport, source: 'flights', timestamp: 'at', windows: ['7d'] } as const
// @ts-expect-error not a function
rolling('x', { ...usual, measures: { n: { functions: ['median'] } } })
// @ts-expect-error not a key of the entity
rolling('x', { ...usual, measures: { n: { functions: ['count'] } }, keys: { user: 'id' } })
// @ts-expect-error SQL of a rolling group is generated
rolling('x', { ...usual, measures: { n: { functions: ['count'] } }, sql: sql`SELECT 1` })
