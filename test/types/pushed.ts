/** What may be pushed, inferred from a config. Checked by tsc, not run. */
import {
  array,
  batch,
  defineConfig,
  embedding,
  entity,
  type FeatureStore,
  float64,
  int64,
  type RowOf,
  type StreamFeature,
  type StreamName,
  sql,
  stream,
  string,
  timestamp,
} from '../../src/index.js'

const user = entity('user', { user_id: 'string' })
const pair = entity('pair', { a: 'string', b: 'int64' })
const session = stream('session', {
  entity: user,
  version: 2,
  ttl: '6h',
  retention: '30d',
  partition: 'year',
  features: {
    clicks: int64(),
    plan: string({ allowedValues: ['free', 'paid'] }),
    seen: timestamp(),
    exact: timestamp({ as: 'string' }),
    total: int64({ as: 'bigint' }),
    tags: array('string'),
    vector: embedding(3),
  },
})
const likes = stream('likes', { entity: pair, features: { score: float64() } })
const computed = batch('computed', { entity: user, features: { n: int64() }, sql: sql`SELECT 1` })
const config = defineConfig({ project: 'demo', groups: [session, computed, likes] })
type C = typeof config
declare const store: FeatureStore<C>

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

check<Equal<StreamName<C>, 'session' | 'likes'>>()
check<Equal<Extract<StreamFeature<C>, `likes.${string}`>, 'likes.score'>>()
check<Equal<RowOf<C, 'session'>['features']['clicks'], number | null | undefined>>()
check<Equal<RowOf<C, 'session'>['features']['plan'], 'free' | 'paid' | null | undefined>>()

export async function writes(): Promise<void> {
  const result = await store.setFeatures({
    group: 'session',
    rows: [
      { key: 'u1', features: { clicks: 1, plan: null, seen: new Date(), exact: '2026-03-01Z', total: 2n } },
      {
        key: { user_id: 'u1' },
        features: { seen: '2026-03-01Z', total: 2, tags: ['a', null] },
        eventTimestamp: new Date(),
      },
      { key: 'u1', features: { vector: [1, 2, 3] } },
      { key: 'u1', features: { vector: new Float32Array(3), tags: ['a'] as const, clicks: undefined } },
    ],
  })
  check<Equal<typeof result.written, number>>()
  await store.setFeatures({ group: 'likes', rows: [{ key: { a: 'x', b: 1n }, features: { score: 1 } }] })
  const one = await store.setFeature({
    feature: 'session.plan',
    key: 'u1',
    value: 'free',
    eventTimestamp: '2026-03-01Z',
  })
  check<Equal<typeof one.written, boolean>>()
  await store.setFeature({ feature: 'likes.score', key: { a: 'x', b: 1 }, value: null })

  // @ts-expect-error it is computed
  await store.setFeatures({ group: 'computed', rows: [] })
  // @ts-expect-error it is computed
  await store.setFeature({ feature: 'computed.n', key: 'u1', value: 1 })
  // @ts-expect-error another type
  await store.setFeature({ feature: 'session.clicks', key: 'u1', value: '1' })
  // @ts-expect-error not an allowed value
  await store.setFeature({ feature: 'session.plan', key: 'u1', value: 'gold' })
  // @ts-expect-error unknown feature
  await store.setFeatures({ group: 'session', rows: [{ key: 'u1', features: { click: 1 } }] })
  // @ts-expect-error a key is missing
  await store.setFeatures({ group: 'likes', rows: [{ key: { a: 'x' }, features: { score: 1 } }] })
  // @ts-expect-error two keys
  await store.setFeature({ feature: 'likes.score', key: 'x', value: 1 })
}

// @ts-expect-error nothing is computed
stream('x', { entity: user, features: { a: int64() }, sql: sql`SELECT 1` })
// @ts-expect-error there are no windows
stream('x', { entity: user, features: { a: int64() }, every: '1d' })
// @ts-expect-error not a number
stream('x', { entity: user, features: { a: int64() }, version: '2' })
