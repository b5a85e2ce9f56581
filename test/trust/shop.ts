/** A small project of every kind of group, in which each tenant has the same keys and says in every value whose it is. */
import {
  batch,
  bool,
  createFeatureStore,
  dataset,
  defineConfig,
  entity,
  int64,
  service,
  sql,
  stream,
  string,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'

const user = entity('user', { user_id: 'string' })
const span = { start: '2024-02-28', end: '2024-03-02' } as const

const spent = batch('spent', {
  ...{ entity: user, ...span },
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
const vector = service('vector', [spent.pick('amount', 'note'), profile.pick('n', 'name')])

/** A spine that is itself behind row-level security. */
const spine = sql`SELECT user_id, event_timestamp, said IS NOT NULL AS label, said FROM fstore_offline.doubled
  ORDER BY user_id, event_timestamp`

export interface Place {
  readonly project: string
  readonly database?: string
  readonly redis?: string
  readonly root: string
}

export function open({ project, database = '', redis, root }: Place, tenant: string): AnyStore {
  const config = defineConfig({
    project,
    groups: [doubled, spent, profile],
    services: [vector],
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

/** Builds, and pushes what says whose it is. */
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
}
