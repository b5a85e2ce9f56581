import { batch, bool, dataset, defineConfig, entity, float64, int64, service, sqlFile } from 'featurestore'

const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })

/** The data are historic: one window a day, from the first flight to the last. */
const quarter = { every: '1d', start: '2001-01-01', end: '2001-04-01' } as const

const count = { notNull: true, min: 0 } as const
const share = { min: 0, max: 1 } as const

export const departures = batch('departures', {
  description: 'How punctual the flights that leave an airport have been',
  tags: ['punctuality'],
  entity: airport,
  ...quarter,
  sql: sqlFile('features/departures.sql'),
  features: {
    departures_7d: int64({ ...count, description: 'Flights that left and have landed, last 7 days' }),
    departures_28d: int64({ ...count, description: 'Flights that left and have landed, last 28 days' }),
    departures_late_share_7d: float64({ ...share, description: 'Share 15 minutes late or more, last 7 days' }),
    departures_late_share_28d: float64({ ...share, description: 'Share 15 minutes late or more, last 28 days' }),
    departures_average_delay_28d: float64({ description: 'Average delay in minutes, last 28 days' }),
  },
})

export const arrivals = batch('arrivals', {
  description: 'How punctual the flights that land at an airport have been',
  tags: ['punctuality'],
  entity: airport,
  ...quarter,
  sql: sqlFile('features/arrivals.sql'),
  features: {
    arrivals_7d: int64({ ...count, description: 'Flights that landed, last 7 days' }),
    arrivals_28d: int64({ ...count, description: 'Flights that landed, last 28 days' }),
    arrivals_late_share_7d: float64({ ...share, description: 'Share 15 minutes late or more, last 7 days' }),
    arrivals_late_share_28d: float64({ ...share, description: 'Share 15 minutes late or more, last 28 days' }),
  },
})

export const routes = batch('routes', {
  description: 'How punctual the flights from one airport to another have been',
  tags: ['punctuality'],
  entity: route,
  ...quarter,
  sql: sqlFile('features/routes.sql'),
  features: {
    flights_28d: int64({ ...count, description: 'Flights that have landed, last 28 days' }),
    late_share_28d: float64({ ...share, description: 'Share 15 minutes late or more, last 28 days' }),
    worst_delay_28d: int64({ description: 'Longest delay in minutes, last 28 days' }),
    distance: int64({ notNull: true, min: 1, description: 'Miles' }),
  },
})

/** What a model reads of a flight, the same when it is trained and when it is asked. */
export const lateV1 = service(
  'late_v1',
  [
    departures
      .pick(
        'departures_7d',
        'departures_28d',
        'departures_late_share_7d',
        'departures_late_share_28d',
        'departures_average_delay_28d',
      )
      .as('origin', { airport: 'origin' }),
    arrivals
      .pick('arrivals_7d', 'arrivals_28d', 'arrivals_late_share_7d', 'arrivals_late_share_28d')
      .as('destination', { airport: 'destination' }),
    routes.pick('flights_28d', 'late_share_28d', 'worst_delay_28d', 'distance'),
  ],
  { description: 'Will this flight be late?' },
)

export const lateFlights = dataset('late_flights', {
  description: 'Every flight as it departs, and whether it landed 15 minutes late or more',
  service: lateV1,
  spine: sqlFile('datasets/late_flights.sql'),
  label: { late: bool({ description: '15 minutes late or more' }) },
  split: { by: 'time', train: 0.7, validation: 0.15, test: 0.15 },
})

export default defineConfig({
  project: 'flights',
  groups: [departures, arrivals, routes],
  services: [lateV1],
  datasets: [lateFlights],
})
