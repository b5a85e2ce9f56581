/** A small project with something of everything to look at: two versions, rejected rows, a stream, two tenants. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import {
  batch,
  createFeatureStore,
  dataset,
  defineConfig,
  entity,
  float64,
  increment,
  int64,
  onDemand,
  service,
  sql,
  stream,
  string,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { createUi, type UiOptions } from '../../src/ui/server.js'
import { type Answer, ask } from '../serve/ask.js'

const user = entity('user', { user_id: 'string' })
const span = { start: '2024-03-01', end: '2024-03-04', every: '1d' } as const

/** Text that a page must show as it is. */
export const hostile = `<img src=x onerror="alert('1')">`

const spent = (isNew: boolean) =>
  batch('spent', {
    ...{ entity: user, ...span, owner: 'growth', tags: ['money'], description: hostile, ttl: '30d' },
    schedule: '0 3 * * *',
    features: {
      amount: int64({ min: 0, max: 8, notNull: true, description: 'Of the day' }),
      place: string(),
      ...(isNew && { doubled: int64() }),
    },
    sql: isNew
      ? sql`SELECT user_id, sum(amount)::bigint AS amount, max(place) AS place, (2 * sum(amount))::bigint AS doubled
          FROM purchases AS p WHERE p.at >= :start_time AND p.at < :end_time AND tenant = :tenant_id GROUP BY user_id`
      : sql`SELECT user_id, sum(amount)::bigint AS amount, max(place) AS place
          FROM purchases AS p WHERE p.at >= :start_time AND p.at < :end_time AND tenant = :tenant_id GROUP BY user_id`,
  })
const level = batch('level', {
  ...{ entity: user, ...span, end: '2024-03-06' },
  features: { share: float64() },
  sql: sql`SELECT user_id, avg(amount)::float8 AS share FROM ui_offline.spent
    WHERE event_timestamp > :start_time AND event_timestamp <= :end_time GROUP BY user_id`,
})
const clicks = stream('clicks', {
  ...{ entity: user, version: 1 },
  features: { made: int64() },
  events: { clicked: z.object({ user_id: z.string() }) },
  on: { clicked: { key: ({ user_id }) => user_id, set: { made: increment() } } },
})
const never = batch('never', {
  ...{ entity: user, ...span },
  features: { nothing: int64() },
  sql: sql`SELECT 'u1' AS user_id, 1::bigint AS nothing WHERE :end_time > :start_time`,
})

const configOf = (project: string, isNew: boolean, place: { database?: string; redis?: string }) => {
  const own = spent(isNew)
  const half = onDemand('half', {
    ...{ entity: user, version: 3 },
    features: { of_amount: float64() },
    inputs: [own.pick('amount')],
    compute: (inputs) => ({ of_amount: Number(inputs['spent.amount'] ?? 0) / 2 }),
  })
  const asked = onDemand('asked', {
    ...{ entity: user, version: 1 },
    features: { plus: int64() },
    inputs: [],
    request: { given: int64() },
    compute: (_, { given }) => ({ plus: given }),
  })
  const buyer = service('buyer', [own.pick('amount'), level.pick('share')])
  return defineConfig({
    ...{ project, schema: 'ui', profiles: { default: { database: '', ...place } } },
    groups: [own, level, clicks, half, asked, ...(isNew ? [never] : [])],
    services: [buyer],
    datasets: [
      dataset('buyers', {
        service: buyer,
        label: { bought: int64() },
        spine: sql`SELECT user_id, at AS event_timestamp, 1::bigint AS bought FROM crm.orders`,
      }),
    ],
  })
}

export interface Looked {
  readonly store: AnyStore
  readonly url: string
  ask(path: string): Promise<Answer>
  close(): Promise<void>
}

/** Two versions of `spent`, built for `default` and `acme`; `never` is only declared. */
export async function lookedAt(
  place: { project?: string; database?: string; redis?: string } = {},
  options: Partial<UiOptions> = {},
): Promise<Looked> {
  const { project = 'looked', ...where } = place
  const root = await mkdtemp(join(tmpdir(), 'fstore-ui-'))
  const first = createFeatureStore(configOf(project, false, where), { root }) as unknown as AnyStore
  await first.query('CREATE TABLE purchases (tenant text, user_id text, place text, amount int, at timestamptz)')
  if (first.databaseKind === 'postgres') {
    await first.migrate()
    await first.query('GRANT SELECT ON purchases TO fstore_app')
  }
  await first.query(`INSERT INTO purchases
    SELECT t, u, 'in ' || t, d + k, timestamptz '2024-02-29 12:00Z' + d * interval '1 day'
    FROM unnest(ARRAY['default', 'acme']) AS t, unnest(ARRAY['u1', 'u2', 'u3']) WITH ORDINALITY AS users (u, k),
      generate_series(1, 3) AS d WHERE t = 'default' OR k < 3`)
  await first.query(`INSERT INTO purchases VALUES ('default', 'bad', 'secret', 99, '2024-03-01 13:00Z')`)
  await built(first)
  await first.ingest([
    { id: 'e1', type: 'clicked', timestamp: '2024-03-02T00:00:00Z', payload: { user_id: 'u1' } },
    { id: 'e2', type: 'clicked', timestamp: '2024-03-02T00:00:01Z', payload: { user_id: 'u1' } },
  ])
  await first.addTenant({ tenant: 'acme', displayName: 'Acme' })
  const acme = first.forTenant('acme')
  await built(acme)
  await acme.close()
  await first.close()
  const store = createFeatureStore(configOf(project, true, where), { root }) as unknown as AnyStore
  await built(store, true)
  // A correction: what was known before is known still.
  await store.query(`UPDATE purchases SET amount = 0 WHERE tenant = 'default' AND user_id = 'u1' AND amount = 4`)
  await corrected(store)
  const server = createUi({
    open: async () => ({ store: store.forTenant('default'), isCurrent: async () => true }),
    ...options,
  })
  const { url } = await server.listen({ port: 0 })
  return {
    store,
    url,
    ask: (path) => ask(`${url}${path}`),
    async close() {
      await server.close()
      await store.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function built(store: AnyStore, allTenants = false): Promise<void> {
  const { status, groups } = await store.build({ online: true, allTenants, select: ['spent', 'level', 'clicks'] })
  if (status !== 'done') throw groups.find(({ error }) => error !== undefined)?.error
}

async function corrected(store: AnyStore): Promise<void> {
  const windows = { start: '2024-03-03', end: '2024-03-04', online: true }
  const { status } = await store.materialize({ groups: ['spent'], ...windows })
  if (status !== 'done') throw new Error(status)
}
