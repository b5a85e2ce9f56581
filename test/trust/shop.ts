/** A small project of every kind of group, in which each tenant has the same keys and says in every value whose it is. */
import {
  batch,
  bool,
  createFeatureStore,
  dataset,
  defineConfig,
  embedding,
  entity,
  float64,
  increment,
  int64,
  last,
  onDemand,
  payload,
  service,
  sql,
  stream,
  string,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'

const user = entity('user', { user_id: 'string' })
const span = { start: '2024-02-28', end: '2024-03-02' } as const

const spent = batch('spent', {
  ...{ entity: user, ...span, schedule: '0 6 * * *', lookback: '1d' },
  sql: sql`SELECT user_id, sum(amount)::bigint AS amount, max(note) AS note FROM orders
    WHERE tenant = :tenant_id AND at >= :start_time AND at < :end_time GROUP BY user_id`,
  features: { amount: int64({ max: 1000 }), note: string() },
})
const doubled = batch('doubled', {
  ...{ entity: user, ...span },
  sql: sql`SELECT user_id, 2 * max(amount) AS doubled, max(note) AS said FROM fstore_offline.spent GROUP BY user_id`,
  features: { doubled: int64(), said: string() },
})
const profile = stream('profile', { entity: user, features: { n: int64({ max: 9 }), name: string() } })
const acts = stream('acts', {
  entity: user,
  version: 1,
  features: { times: int64(), said: string({ pattern: '^[^!]*$' }), sum: float64() },
  events: { acted: payload({ user_id: 'string?', said: 'string', n: 'number' }) },
  on: {
    acted: {
      key: ({ user_id }) => user_id,
      set: { times: increment(), said: last(({ said }) => said), sum: ({ n }, previous) => (previous ?? 0) + n },
    },
  },
})
const times = onDemand('times', {
  entity: user,
  version: 1,
  inputs: [spent.pick('amount', 'note')],
  request: { by: int64(), word: string() },
  features: { amount: int64(), text: string() },
  compute: (inputs, { by, word }) => ({
    amount: inputs['spent.amount'] === null ? null : inputs['spent.amount'] * by,
    text: `${word} ${inputs['spent.note']}`,
  }),
})
const asked = onDemand('asked', {
  entity: user,
  sql: sql`SELECT (SELECT max(note) FROM fstore_offline.spent AS s WHERE s.user_id = :user_id) AS note, count(*) AS orders
    FROM orders AS o WHERE o.tenant = :tenant_id AND o.user_id = :user_id AND o.at <= :at`,
  features: { note: string(), orders: int64() },
})
const liked = batch('liked', {
  ...{ entity: user, ...span, every: '3d' },
  sql: sql`SELECT user_id, ARRAY[max(amount), 1]::real[]::vector AS likes FROM orders WHERE tenant = :tenant_id GROUP BY user_id`,
  features: { likes: embedding(2, { metric: 'l2' }) },
})
const vector = service('vector', [spent.pick('amount', 'note'), profile.pick('n', 'name')])
const computed = service('computed', [times.pick('amount', 'text'), asked.pick('note', 'orders')])

/** A spine that is itself behind row-level security. */
const spine = sql`SELECT user_id, event_timestamp, said IS NOT NULL AS label, said FROM fstore_offline.doubled
  ORDER BY user_id, event_timestamp`

export interface Place {
  readonly project: string
  readonly database?: string
  readonly redis?: string
  readonly root: string
  /** Without pgvector nothing can be like another. */
  readonly hasVector?: boolean
}

export function open({ project, database = '', redis, root, hasVector = false }: Place, tenant: string): AnyStore {
  const config = defineConfig({
    project,
    groups: [doubled, spent, profile, acts, times, asked, ...(hasVector ? [liked] : [])],
    services: [vector, computed],
    datasets: [dataset('labels', { service: vector, spine, label: { label: bool() } })],
    profiles: { default: { database, ...(redis !== undefined && { redis }) } },
  })
  return createFeatureStore(config, { root, tenant }) as unknown as AnyStore
}

export const secretOf = (tenant: string) => `secret of ${tenant};`
export const keyOf = (tenant: string) => `only of ${tenant};`
export const keys = ['u0', 'u1', 'u2']

/** Same keys, other values: of the n-th tenant each is so many times as large. One row in each breaks a rule. */
export function ordersOf(tenants: readonly string[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  const rows = tenants.flatMap((tenant, t) =>
    [...keys, keyOf(tenant), 'rejected'].flatMap((key, k) =>
      [28, 29].map((day) => {
        const amount = key === 'rejected' ? 5000 + t : (k + day) * (t + 1)
        return `(${[tenant, key, `2024-02-${day}T06:00Z`].map(quoted).join(', ')}, ${amount}, ${quoted(secretOf(tenant))})`
      }),
    ),
  )
  return `CREATE TABLE orders (tenant text, user_id text, at timestamptz, amount int, note text);
    INSERT INTO orders VALUES ${rows.join(', ')}; GRANT SELECT ON orders TO fstore_app`
}

/** What feeds `acts`. */
export const eventOf = (id: string, user_id: string, said: string) => ({
  ...{ id, type: 'acted', timestamp: '2024-02-29T12:00:00Z' },
  payload: { user_id, said, n: 1 },
})

/** Builds, pushes and ingests what says whose it is. */
export async function fill(store: AnyStore): Promise<void> {
  const done = await store.build()
  if (done.status !== 'done') throw done.groups.find(({ error }) => error !== undefined)?.error
  const rows = [...keys, keyOf(store.tenant)].map((key, n) => ({
    key,
    features: { n, name: secretOf(store.tenant) },
    eventTimestamp: '2024-02-29T12:00:00Z',
  }))
  const refused = { key: 'rejected', features: { n: 10, name: secretOf(store.tenant) }, eventTimestamp: '2024-03-01' }
  await store.setFeatures({ group: 'profile', rows: [...rows, refused] })
  const said = secretOf(store.tenant)
  const events = rows.map(({ key }, n) => eventOf(`e${n}`, key, said))
  await store.ingest([...events, eventOf('refused', 'rejected', `${said}!`)])
}
