import { expect, test } from '@jest/globals'
import type { FeatureValue } from '../../src/config/inference.js'
import { layoutOf } from '../../src/online/layout.js'

const stamp = { eventTimestamp: new Date(0), eventTimestampText: '1970-01-01T00:00:00Z', source: 'redis' } as const
const samples = [null, 1, 0.5, 'text', 7n, [1], new Date(1)]

// 401 are more than a constructor is made for.
test.each([0, 1, 13, 250, 401])('plain objects of %d keys, in their order, of names that need quotes', (width) => {
  const names = Array.from({ length: width }, (_, i) => `g"\\\u2028\n\`.f${i}`)
  const layout = layoutOf(names)
  for (let turn = 0; turn < samples.length; turn++) {
    const list = names.map((_, i) => {
      const value = samples[(i + turn) % samples.length]
      return { value, status: 'PRESENT', ...stamp } as FeatureValue<unknown>
    })
    const features = layout.features(list)
    expect(features).toStrictEqual(Object.fromEntries(names.map((name, i) => [name, list[i]])))
    expect(layout.values(list)).toStrictEqual(Object.fromEntries(names.map((name, i) => [name, list[i]?.value])))
    expect(Object.keys(features)).toEqual(names)
    expect(Object.getPrototypeOf(features)).toBe(Object.prototype)
  }
})

test('a name twice is one key', () => {
  const list = [1, 2].map((value) => ({ value, status: 'PRESENT', ...stamp }) as const)
  expect(layoutOf(['a', 'a']).values(list)).toEqual({ a: 2 })
})
