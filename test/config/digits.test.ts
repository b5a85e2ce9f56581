import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { digits } from '../../src/config/digits.js'
import { rounds } from '../rounds.js'

test('whole numbers are written as Intl writes them', () => {
  const amount = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -2000, max: 2000 }))
  const property = fc.property(amount, (whole) => {
    expect(digits(whole)).toBe(whole.toLocaleString('en-US'))
  })
  fc.assert(property, rounds(200))
})
