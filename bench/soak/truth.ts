/** What must be there in the end: every click once, and the sums of all orders, in history, latest and Redis. */
import type pg from 'pg'
import type { createFeatureStore } from '../../src/index.js'
import { type Click, type config, users } from './config.js'

type Store = ReturnType<typeof createFeatureStore<typeof config>>

/** Clicks as they were handed over, by user. */
export class Tally {
  readonly #clicks = new Map<string, { clicks: number; spent: number }>()
  total = 0

  add(events: readonly Click[]): void {
    for (const { payload } of events) {
      const { clicks, spent } = this.of(payload.user_id)
      this.#clicks.set(payload.user_id, { clicks: clicks + 1, spent: spent + payload.amount })
      this.total++
    }
  }

  of(user: string): { clicks: number; spent: number } {
    return this.#clicks.get(user) ?? { clicks: 0, spent: 0 }
  }
}

/** How many are wrong, of what; all of it 0 when nothing was lost or done twice. */
export async function wrongs(store: Store, client: pg.Client, tally: Tally): Promise<Record<string, number>> {
  const keys = Array.from({ length: users }, (_, i) => `user_${i}`)
  const found: Record<string, number> = {}
  for (const tier of ['latest', 'redis'] as const) {
    const reads = await store.getMany({ entity: 'user', keys, features: ['clicks.clicks', 'clicks.spent'], tier })
    found[`users whose clicks are wrong in ${tier}`] = reads.filter(({ values }, i) => {
      const wanted = tally.of(keys[i] as string)
      return (values['clicks.clicks'] ?? 0) !== wanted.clicks || (values['clicks.spent'] ?? 0) !== wanted.spent
    }).length
  }
  const { rows } = await client.query(`SELECT count(*)::int AS n FROM (
      SELECT user_id, date_trunc('hour', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '1 hour' AS event_timestamp,
        count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY 1, 2) AS wanted
    FULL JOIN fstore_offline.hourly AS h USING (user_id, event_timestamp)
    WHERE h.orders IS DISTINCT FROM wanted.orders OR h.amount IS DISTINCT FROM wanted.amount`)
  found['hourly rows that are wrong in history'] = rows[0].n
  const { groups } = await store.verify({ all: true })
  found['rows that `verify` finds wrong'] = groups.reduce(
    (sum, { latest, redis }) => sum + mismatchesOf(latest) + mismatchesOf(redis),
    0,
  )
  return found
}

function mismatchesOf(counts: unknown): number {
  const all = (counts ?? {}) as Record<string, number>
  return ['missing', 'extra', 'stale', 'different'].reduce((sum, name) => sum + (all[name] ?? 0), 0)
}
