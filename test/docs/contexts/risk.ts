/** The flights with a feature that is computed when it is read. */
import { createFeatureStore, defineConfig, float64, onDemand, service, timestamp } from 'featurestore'
import { departures, routes } from '../../../templates/flights/featurestore.config.js'
import { route } from './flights.js'

const risk = onDemand('risk', {
  entity: route,
  version: 1,
  inputs: [routes.pick('late_share_28d')],
  request: { scheduled_at: timestamp() },
  features: { score: float64() },
  compute: (inputs) => ({ score: inputs['routes.late_share_28d'] }),
})
const lateV1 = service('late_v1', [routes.pick('late_share_28d'), risk.pick('score')])
export const store = createFeatureStore(
  defineConfig({ project: 'flights', groups: [departures, routes, risk], services: [lateV1] }),
)
