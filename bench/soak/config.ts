/** What the soak keeps busy: features that events change, and hourly sums that are computed over and over. */
import {
  batch,
  defineConfig,
  entity,
  float64,
  increment,
  int64,
  last,
  payload,
  sql,
  stream,
  timestamp,
} from '../../src/index.js'

const user = entity('user', { user_id: 'string' })

const clicks = stream('clicks', {
  entity: user,
  version: 1,
  features: { clicks: int64(), spent: float64(), last_at: timestamp() },
  events: { clicked: payload({ user_id: 'string', amount: 'number', at: 'string' }) },
  on: {
    clicked: {
      key: ({ user_id }) => user_id,
      set: { clicks: increment(), spent: increment(({ amount }) => amount), last_at: last(({ at }) => new Date(at)) },
    },
  },
})

const hourly = batch('hourly', {
  entity: user,
  ...{ every: '1h', start: '2026-01-01', end: '2026-01-03' },
  features: { orders: int64(), amount: float64() },
  sql: sql`SELECT user_id, count(*) AS orders, sum(amount) AS amount FROM orders
    WHERE at >= :start_time AND at < :end_time GROUP BY user_id`,
})

export const config = defineConfig({ project: 'bench_soak', groups: [clicks, hourly] })

export const users = 500
export const hours = 48

export interface Click {
  readonly id: string
  readonly type: 'clicked'
  readonly timestamp: string
  readonly payload: { readonly user_id: string; readonly amount: number; readonly at: string }
}
