import { mark } from './marker.js'
import type { GroupPick } from './pick.js'

/** A named, ordered list of features: one vector for training and serving. */
export interface Service<N extends string = string, P extends readonly GroupPick[] = readonly GroupPick[]> {
  readonly name: N
  /** In the order of the vector. */
  readonly picks: P
  readonly description?: string
}

/** A service, such as `service('late_v1', [departures.pick('late').as('origin', { airport: 'origin' })])`. */
export function service<const N extends string, const P extends readonly GroupPick[]>(
  name: N,
  picks: P,
  options: { readonly description?: string } = {},
): Service<N, P> {
  return mark('service', { ...options, name, picks })
}
