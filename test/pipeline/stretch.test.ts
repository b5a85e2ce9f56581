import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nextStretch, stretches } from '../../src/pipeline/stretch.js'
import type { Span } from '../../src/pipeline/window.js'
import { rounds } from '../rounds.js'

test('stretches are the windows, in order, none longer than asked and none over a gap', () => {
  const gaps = fc.array(fc.constantFrom(0n, 0n, 0n, 5n), { maxLength: 40 })
  const asked = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(gaps, asked, (list, sizes) => {
      let at = 0n
      const windows: Span[] = list.map((gap) => {
        const start = at + gap
        at = start + 10n
        return { start, end: at }
      })
      const left = stretches(windows)
      const found: Span[] = []
      for (let i = 0; ; i++) {
        const most = sizes[i % sizes.length] as number
        const stretch = left.next(most)
        if (stretch === undefined) break
        expect(stretch.windows).toBeLessThanOrEqual(most)
        for (let n = 0; n < stretch.windows; n++) {
          const start = stretch.start + BigInt(n) * 10n
          found.push({ start, end: start + 10n })
        }
        expect(found.at(-1)?.end).toBe(stretch.end)
      }
      expect(found).toEqual(windows)
    }),
    rounds(100),
  )
})

describe('the next stretch', () => {
  test.each([
    [16, 0, 128],
    [16, 160_000, 100],
    [128, 2_560_000, 50],
    [1024, 1024, 1024],
    [16, 160_000_000, 1],
  ])('after %i windows of %i rows in all is %i', (windows, rows, expected) => {
    expect(nextStretch({ start: 0n, end: 1n, windows }, rows)).toBe(expected)
  })
})
