/** A store that is lent: between two answers, others may open the embedded database. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { lendStore } from '../../src/cli/lent-store.js'
import { type AnyStore, createFeatureStore, defineConfig, entity, FstoreError, int64, stream } from '../../src/index.js'

const user = entity('user', { user_id: 'string' })
const config = defineConfig({
  project: 'lent',
  groups: [stream('cart', { entity: user, features: { items: int64() } })],
})

test('others write between its answers, and it reads what they wrote', async () => {
  const root = await mkdtemp(join(tmpdir(), 'fstore-lent-'))
  const other = async (items: number) => {
    const store = createFeatureStore(config, { root })
    try {
      await store.build()
      await store.setFeature({ feature: 'cart.items', key: 'a', value: items })
    } finally {
      await store.close()
    }
  }
  await other(1)
  const open = () => createFeatureStore(config, { root }) as unknown as AnyStore
  const { project, tenant } = open()
  const lent = lendStore({ project, tenant, open, lingering: 50 })
  const reads = () => Promise.all([1, 2].map(() => lent.getMany({ entity: 'user', keys: ['a'] })))
  const values = async () => (await reads()).map(([read]) => read?.values)
  expect(await values()).toEqual([{ 'cart.items': 1 }, { 'cart.items': 1 }])
  for (let done = false; !done; )
    done = await other(2).then(
      () => true,
      (error: unknown) => {
        if (error instanceof FstoreError && error.code === 'LOCKED') return wait(10, false)
        throw error
      },
    )
  expect(await values()).toEqual([{ 'cart.items': 2 }, { 'cart.items': 2 }])
  await lent.close()
  await other(3)
  await rm(root, { recursive: true, force: true })
})
