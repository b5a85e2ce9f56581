import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { type Memory, type MemoryOptions, openMemory } from '../../src/online/memory.js'
import type { Packed } from '../../src/online/packed.js'
import type { Lookup } from '../../src/online/tier.js'

const row: Packed = ['2026-03-01T00:00:01+00:00', '2026-03-01T00:00:00+00:00', 1]
const version = { group: 'g', entity: 'e', version: 1, fingerprint: 'f', keys: [], features: [], positions: new Map() }
const lookup = (name: string): Lookup => ({ version, key: [name], name })
const open = (options?: MemoryOptions) => openMemory(options) as Memory
const fill = (memory: Memory, ...rows: (readonly [string, Packed | null])[]) =>
  memory.fill(
    rows.map(([name, found]) => ({ lookup: lookup(name), found })),
    1000,
  )
const read = (memory: Memory, ...names: string[]) => names.map((name) => memory.get(lookup(name), undefined)?.packed)

test('tells what it has been filled with, that a row is absent, and that it cannot tell', () => {
  const memory = open()
  fill(memory, ['a', row], ['b', null])
  expect(read(memory, 'c', 'b', 'a', 'a')).toEqual([undefined, null, row, row])
})

test('forgets all when it is cleared, and the oldest when it is full', () => {
  const memory = open({ max: 2 })
  fill(memory, ['a', row], ['b', row], ['c', null])
  expect(read(memory, 'a', 'b', 'c')).toEqual([undefined, row, null])
  memory.clear()
  expect(read(memory, 'b', 'c')).toEqual([undefined, undefined])
})

test('forgets what it is told to forget, and tells nothing that may be older than asked', () => {
  const memory = open()
  fill(memory, ['a', row], ['b', row])
  memory.forget(['b', 'c'])
  expect(read(memory, 'a', 'b')).toEqual([row, undefined])
  expect(memory.get(lookup('a'), 1000)?.packed).toEqual(row)
  expect(memory.get(lookup('a'), 1001)).toBeUndefined()
})

test('forgets a row after its time', async () => {
  const memory = open({ ttl: 30 })
  fill(memory, ['a', row], ['b', null])
  await sleep(60)
  expect(read(memory, 'a', 'b')).toEqual([undefined, undefined])
})

test('forgets sooner that a row was absent', async () => {
  const memory = open({ ttl: 600_000 })
  fill(memory, ['a', row], ['b', null])
  await sleep(300)
  expect(read(memory, 'a', 'b')).toEqual([row, undefined])
})

describe('is off', () => {
  test.each([{ max: 0 }, { ttl: 0 }])('with %j', (options) => {
    expect(openMemory(options)).toBeUndefined()
  })
})
