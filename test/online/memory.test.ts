import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { type MemoryOptions, type MemoryTier, memoryTier } from '../../src/online/memory.js'
import type { Packed } from '../../src/online/packed.js'
import type { Lookup } from '../../src/online/tier.js'

const row: Packed = ['2026-03-01T00:00:01+00:00', '2026-03-01T00:00:00+00:00', 1]
const version = { group: 'g', entity: 'e', version: 1, fingerprint: 'f', keys: [], features: [], positions: new Map() }
const lookup = (name: string): Lookup => ({ version, key: [name], name })
const tier = (options?: MemoryOptions) => memoryTier(options) as MemoryTier
const fill = (memory: MemoryTier, ...rows: (readonly [string, Packed | null])[]) =>
  memory.fill?.(
    't',
    rows.map(([name, found]) => ({ lookup: lookup(name), found })),
  )
const read = (memory: MemoryTier, ...names: string[]) => memory.read('t', names.map(lookup))

test('tells what it has been filled with, that a row is absent, and that it cannot tell', async () => {
  const memory = tier()
  fill(memory, ['a', row], ['b', null])
  expect(await read(memory, 'c', 'b', 'a', 'a')).toEqual([undefined, null, row, row])
})

test('forgets all when it is cleared, and the oldest when it is full', async () => {
  const memory = tier({ max: 2 })
  fill(memory, ['a', row], ['b', row], ['c', null])
  expect(await read(memory, 'a', 'b', 'c')).toEqual([undefined, row, null])
  memory.clear()
  expect(await read(memory, 'b', 'c')).toEqual([undefined, undefined])
})

test('forgets a row after its time', async () => {
  const memory = tier({ ttl: 30 })
  fill(memory, ['a', row], ['b', null])
  await sleep(60)
  expect(await read(memory, 'a', 'b')).toEqual([undefined, undefined])
})

test('forgets sooner that a row was absent', async () => {
  const memory = tier({ ttl: 600_000 })
  fill(memory, ['a', row], ['b', null])
  await sleep(300)
  expect(await read(memory, 'a', 'b')).toEqual([row, undefined])
})

describe('is off', () => {
  test.each([{ max: 0 }, { ttl: 0 }])('with %j', (options) => {
    expect(memoryTier(options)).toBeUndefined()
  })
})
