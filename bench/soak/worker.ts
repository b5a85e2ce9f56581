/** A process of the soak that may be killed at any moment: does what it is told, and says when it is done. */
import { tmpdir } from 'node:os'
import { createFeatureStore } from '../../src/index.js'
import { type Click, config } from './config.js'

export type Order = { readonly ingest: readonly Click[] } | { readonly hour: number }

const store = createFeatureStore(config, { root: tmpdir(), redisTimeout: 500 })
const day = Date.UTC(2026, 0, 1)

process.on('message', async (order: Order) => {
  try {
    if ('ingest' in order) await store.ingest(order.ingest)
    else await recompute(order.hour)
    process.send?.({ rss: process.memoryUsage.rss() })
  } catch (error) {
    process.send?.({ failed: String(error), rss: process.memoryUsage.rss() })
  }
})
process.on('disconnect', () => process.exit())
process.send?.({ rss: process.memoryUsage.rss() })

/** One window anew, with what has been added to its orders since, and on to Redis. */
async function recompute(hour: number): Promise<void> {
  const at = (h: number) => new Date(day + h * 3_600_000).toISOString()
  const window = { groups: ['hourly'], start: at(hour), end: at(hour + 1), online: true } as const
  const { status, groups, onlineError } = await store.materialize(window)
  if (status !== 'done') throw new Error(`The window ended ${status}: ${groups[0]?.error ?? onlineError}`)
}
