/** 200 groups of 20 features, declared and not built, behind a server that can say that its database is taken. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FstoreError } from '../../src/errors.js'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { createUi } from '../../src/ui/server.js'

const user = entity('user', { user_id: 'string' })
const features = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`value_${i}`, float64({ description: `The ${i}th of them` })]),
)
const groups = Array.from({ length: 200 }, (_, i) =>
  batch(`group_${i}`, {
    ...{ entity: user, features, every: '1d', start: '2024-03-01', end: '2024-03-02' },
    ...{ tags: [`tag_${i % 10}`], owner: `owner_${i % 4}` },
    sql: sql`SELECT * FROM events`,
  }),
)

export interface Large {
  readonly url: string
  /** Whether another process has the database. */
  taken: boolean
  close(): Promise<void>
}

export async function openLarge(assets: string): Promise<Large> {
  const root = await mkdtemp(join(tmpdir(), 'fstore-ui-'))
  const config = defineConfig({ project: 'large', groups })
  const store = createFeatureStore(config, { root }) as unknown as AnyStore
  await store.migrate()
  const open = async () => {
    if (large.taken) throw new FstoreError('LOCKED', 'The database is taken by `fstore build` (pid 7).', {})
    return { store: store.forTenant('default'), isCurrent: async () => !large.taken }
  }
  const server = createUi({ open, assets })
  const { url } = await server.listen({ port: 0 })
  const large: Large = {
    url: url.replace(/\/$/, ''),
    taken: false,
    async close() {
      await server.close()
      await store.close()
      await rm(root, { recursive: true, force: true })
    },
  }
  return large
}
