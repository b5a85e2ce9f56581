import { expect, test } from '@jest/globals'
import { shareChance, stability } from '../../src/plan/psi.js'

test('a case computed by hand', () => {
  // Shares 50.5/101 twice, against 80.5/101 and 20.5/101: 0.29703 × (ln 1.59406 − ln 0.40594).
  const { psi, chance } = stability([50, 50, 0], [80, 20, 0])
  expect(psi).toBeCloseTo(0.40629, 4)
  // One degree of freedom: (1 + 3 √2) × (1/100 + 1/100).
  expect(chance).toBeCloseTo(0.10485, 4)
})

test('equal shares are no change, whatever the numbers of rows', () => {
  expect(stability([1000, 3000], [10, 30]).psi).toBeLessThan(1e-3)
})

test('a value never seen before counts much, and few rows prove little', () => {
  expect(stability([100, 0], [0, 100]).psi).toBeGreaterThan(5)
  const few = stability([2, 1, 0, 1], [0, 1, 2, 1])
  expect(few.psi).toBeGreaterThan(0.2)
  expect(few.psi).toBeLessThan(few.chance)
})

test('the chance of a share', () => {
  expect(shareChance({ count: 10, rows: 100 }, { count: 30, rows: 100 })).toBeCloseTo(
    3 * Math.sqrt(0.2 * 0.8 * 0.02),
    9,
  )
  expect(shareChance({ count: 0, rows: 5 }, { count: 0, rows: 5 })).toBe(0)
})
