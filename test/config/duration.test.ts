import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatDuration, parseDuration } from '../../src/config/duration.js'

describe('parseDuration', () => {
  test.each([
    ['1s', 1],
    ['30m', 1800],
    ['12h', 43_200],
    ['7d', 604_800],
    ['2w', 1_209_600],
    ['1.5h', 5400],
    ['0.1m', 6],
    ['0s', 0],
  ])('%s is %d seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))

  test.each(['', '7', 'd', '1x', '-1d', '1e3s', '1 d', '1M', '1y', '0.5s', '1d12h', '99999999999999w', 'Infinityd'])(
    '%p is none',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  )
})

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [59, '59s'],
    [5400, '90m'],
    [7200, '2h'],
    [86_400, '1d'],
    [604_800, '7d'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

  test('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e10 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds)
      }),
    )
  })
})
