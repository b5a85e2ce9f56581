/** What a client asks over HTTP, drawn at random: a path, and a body where it is no GET. */
import fc from 'fast-check'
import { actionOf } from './actions.js'

export interface HttpRequest {
  readonly path: string
  readonly body: unknown
}

/** @param name of the method of a store whose requests the route takes */
const bodiesOf = (path: string, name: string, shape: (request: any) => unknown): fc.Arbitrary<HttpRequest> =>
  actionOf(name).request.map((request) => ({ path, body: shape(request) }))

export const requests: fc.Arbitrary<HttpRequest> = fc.oneof(
  bodiesOf('/v1/features', 'getMany', ({ tier: _, ...request }) => request),
  bodiesOf('/v1/vectors', 'getVectors', ({ tier: _, ...request }) => request),
  bodiesOf('/get-online-features', 'getMany', ({ keys, features = ['spent:note'], request }) => ({
    features,
    entities: { user_id: keys, ...(request && { by: keys.map(() => request.by), word: keys.map(() => request.word) }) },
  })),
  bodiesOf('/get-online-features', 'getVectors', ({ service, keys }) => ({
    feature_service: service,
    entities: { user_id: keys.map(({ user_id }: { user_id: string }) => user_id) },
  })),
  bodiesOf('/v1/events', 'ingest', (events) => ({ events })),
  bodiesOf('/v1/materialize', 'materialize', ({ groups }) => ({ groups })),
  fc.constantFrom('/v1/catalog', '/metrics', '/v1/nothing').map((path) => ({ path, body: undefined })),
)
