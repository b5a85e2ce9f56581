/** Groups that events feed, and the events that their store takes. Checked by tsc, not run. */
import { z } from 'zod'
import {
  average,
  defineConfig,
  type EventOf,
  type EventType,
  ema,
  entity,
  type FeatureStore,
  first,
  float64,
  increment,
  int64,
  last,
  max,
  mode,
  payload,
  type StandardSchema,
  type StreamName,
  set,
  stream,
  string,
  timestamp,
} from '../../src/index.js'

const user = entity('user', { user_id: 'string' })
const pair = entity('pair', { a: 'string', b: 'int64' })
const feedback = z.object({
  userId: z.string(),
  rating: z.number(),
  channel: z.enum(['web', 'mail']),
  at: z.coerce.date(),
})
declare const clicked: StandardSchema<{ user: string; other: number; n: bigint }>

const mood = stream('mood', {
  entity: user,
  version: 1,
  remember: '7d',
  events: { 'feedback.received': feedback, clicked },
  features: {
    tendency: float64(),
    mean: float64(),
    count: int64(),
    total: int64({ as: 'bigint' }),
    channel: string({ allowedValues: ['web', 'mail'] }),
    usual: string(),
    seen: timestamp(),
    plan: string(),
  },
  on: {
    'feedback.received': {
      key: (payload) => payload.userId,
      set: {
        tendency: ema(0.3, (payload) => payload.rating),
        mean: average((payload) => payload.rating),
        count: increment(),
        channel: last((payload) => payload.channel),
        usual: mode((payload) => payload.channel),
        seen: max((payload) => payload.at),
        plan: (payload, previous, event) => {
          check<Equal<typeof payload, z.output<typeof feedback>>>()
          check<Equal<typeof previous, string | null>>()
          check<Equal<typeof event.timestamp, Date>>()
          return previous ?? payload.channel
        },
      },
    },
    clicked: {
      key: (payload) => (payload.user === '' ? null : { user_id: payload.user }),
      set: { total: increment((payload) => payload.n), seen: set((_, event) => event.timestamp) },
    },
  },
})
const links = stream('links', {
  entity: pair,
  version: 1,
  events: { clicked },
  features: { firstly: int64() },
  on: { clicked: { key: (p) => ({ a: p.user, b: p.other }), set: { firstly: first((p) => p.other) } } },
})
const pushed = stream('pushed', { entity: user, features: { n: int64() } })
const config = defineConfig({ project: 'demo', groups: [mood, links, pushed] })
type C = typeof config
declare const store: FeatureStore<C>

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

check<Equal<StreamName<C>, 'pushed'>>()
check<Equal<EventType<C>, 'feedback.received' | 'clicked'>>()
check<Equal<Extract<EventOf<C>, { type: 'clicked' }>['payload'], { user: string; other: number; n: bigint }>>()

export async function ingests(): Promise<void> {
  const done = await store.ingest([
    { id: '1', type: 'clicked', timestamp: new Date(), payload: { user: 'u1', other: 2, n: 3n } },
    {
      id: '2',
      type: 'feedback.received',
      timestamp: '2026-03-01Z',
      payload: { userId: 'u', rating: 1, channel: 'web', at: '' },
    },
  ])
  check<Equal<typeof done.applied, number>>()
  // @ts-expect-error no such type of event
  await store.ingest([{ id: '1', type: 'click', timestamp: new Date(), payload: {} }])
  // @ts-expect-error the payload lacks something
  await store.ingest([{ id: '1', type: 'clicked', timestamp: new Date(), payload: { user: 'u1' } }])
  // @ts-expect-error an event needs an id
  await store.ingest([{ type: 'clicked', timestamp: new Date(), payload: { user: 'u1', other: 2, n: 3n } }])
  // @ts-expect-error events feed it
  await store.setFeatures({ group: 'mood', rows: [] })
}

const flat = payload({ who: 'string?', n: 'number' })
check<Equal<NonNullable<(typeof flat)['~standard']['types']>['output']['n'], number>>()
stream('flat', {
  entity: user,
  version: 1,
  events: { flat },
  features: { n: float64() },
  on: { flat: { key: (p) => p.who, set: { n: ema(1, (p) => p.n) } } },
})

const plain = { entity: user, version: 1, events: { clicked }, features: { n: int64(), s: string() } } as const
const key = (payload: { user: string }) => payload.user
// @ts-expect-error no such feature
stream('x', { ...plain, on: { clicked: { key, set: { m: increment() } } } })
// @ts-expect-error the feature is text
stream('x', { ...plain, on: { clicked: { key, set: { s: increment() } } } })
// @ts-expect-error the payload has no such field
stream('x', { ...plain, on: { clicked: { key, set: { n: last((payload) => payload.m) } } } })
// @ts-expect-error it gives text
stream('x', { ...plain, on: { clicked: { key, set: { n: (payload) => payload.user } } } })
// @ts-expect-error the key is text
stream('x', { ...plain, on: { clicked: { key: (payload) => payload.other, set: { n: increment() } } } })
// @ts-expect-error nothing is said of the event
stream('x', { ...plain, on: {} })
// @ts-expect-error functions need a version
stream('x', { ...plain, version: undefined, on: { clicked: { key, set: { n: increment() } } } })
