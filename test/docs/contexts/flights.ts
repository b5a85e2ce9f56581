/** A program over the flights template. */
import { createFeatureStore, entity } from 'featurestore'
import config, {
  arrivals,
  departures,
  lateFlights,
  lateV1,
  routes,
} from '../../../templates/flights/featurestore.config.js'

export { arrivals, config, departures, lateFlights, lateV1, routes }
export const airport = entity('airport', { airport: 'string' })
export const route = entity('route', { origin: 'string', destination: 'string' })
export const user = entity('user', { user_id: 'string' })
export const store = createFeatureStore(config)
