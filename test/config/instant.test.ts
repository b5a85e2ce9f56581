import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareInstants, fromMicroseconds, parseInstant, toDate, toMicroseconds } from '../../src/config/instant.js'
import { FstoreError } from '../../src/errors.js'

const first = toMicroseconds('0001-01-01T00:00:00Z')
const last = toMicroseconds('9999-12-31T23:59:59.999999Z')
const microseconds = fc.bigInt({ min: first, max: last })

describe('parseInstant', () => {
  test.each([
    ['2026-03-01', '2026-03-01T00:00:00Z'],
    ['2026-03-01T08:00:00Z', '2026-03-01T08:00:00Z'],
    ['2026-03-01 08:00:00+00', '2026-03-01T08:00:00Z'],
    ['2026-03-01t08:00:00z', '2026-03-01T08:00:00Z'],
    ['2026-03-01T08:00Z', '2026-03-01T08:00:00Z'],
    ['2026-03-01T09:00:00+01:00', '2026-03-01T08:00:00Z'],
    ['2026-03-01T09:30:00+0130', '2026-03-01T08:00:00Z'],
    ['2026-02-28T22:00:00-10', '2026-03-01T08:00:00Z'],
    ['2026-03-01T08:00:00.120000Z', '2026-03-01T08:00:00.12Z'],
    ['2026-03-01T08:00:00.000001Z', '2026-03-01T08:00:00.000001Z'],
    ['2026-03-01T08:00:00.000001000Z', '2026-03-01T08:00:00.000001Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['0099-06-01', '0099-06-01T00:00:00Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    [' 2026-03-01 ', '2026-03-01T00:00:00Z'],
  ])('%s is %s', (text, instant) => expect(parseInstant(text)).toBe(instant))

  test.each([
    ['2026-03-01T08:00:00', 'has no time zone'],
    ['2026-03-01 08:00', 'has no time zone'],
    ['2026-02-30', 'does not exist'],
    ['2025-02-29', 'does not exist'],
    ['2026-13-01', 'does not exist'],
    ['2026-00-01', 'does not exist'],
    ['2026-03-01T24:00:00Z', 'does not exist'],
    ['2026-03-01T08:60:00Z', 'does not exist'],
    ['2026-03-01T08:00:60Z', 'does not exist'],
    ['2026-03-01T08:00:00+16:00', 'offset'],
    ['2026-03-01T08:00:00.0000001Z', 'finer than microseconds'],
    ['0000-01-01', 'outside the years'],
    ['0001-01-01T00:00:00+01:00', 'outside the years'],
    ['9999-12-31T23:59:59-01:00', 'outside the years'],
    ['', 'not a timestamp'],
    ['yesterday', 'not a timestamp'],
    ['1700000000', 'not a timestamp'],
    ['2026-3-1', 'not a timestamp'],
    ['2026-03-01Z', 'not a timestamp'],
  ])('refuses %s: it %s', (text, reason) => {
    expect(() => parseInstant(text)).toThrow(FstoreError)
    expect(() => parseInstant(text)).toThrow(reason)
    expect(() => parseInstant(text)).toThrow(expect.objectContaining({ code: 'TIMESTAMP_INVALID' }))
  })
})

describe('an instant', () => {
  test('is the same after microseconds and back, and after it is parsed again', () => {
    fc.assert(
      fc.property(microseconds, (value) => {
        const instant = fromMicroseconds(value)
        expect(toMicroseconds(instant)).toBe(value)
        expect(parseInstant(instant)).toBe(instant)
        expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$/)
      }),
    )
  })

  test('does not depend on the offset it was written at', () => {
    const day = 86_400_000_000n
    const offsets = fc.integer({ min: -15 * 60, max: 15 * 60 })
    fc.assert(
      fc.property(fc.bigInt({ min: first + day, max: last - day }), offsets, (value, offset) => {
        const local = fromMicroseconds(value + BigInt(offset) * 60_000_000n).slice(0, -1)
        const size = Math.abs(offset)
        const two = (part: number) => String(Math.floor(part)).padStart(2, '0')
        const zone = `${offset < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`
        expect(parseInstant(local + zone)).toBe(fromMicroseconds(value))
      }),
    )
  })

  test('agrees with Date to the millisecond', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(toDate(parseInstant(date.toISOString()))).toEqual(date)
        },
      ),
    )
    expect(toDate('1969-12-31T23:59:59.9999Z').toISOString()).toBe('1969-12-31T23:59:59.999Z')
  })

  test('compares as time does, whatever the lengths of the fractions', () => {
    expect(compareInstants('2026-03-01T08:00:00Z', '2026-03-01T08:00:00.5Z')).toBeLessThan(0)
    fc.assert(
      fc.property(microseconds, microseconds, (a, b) => {
        expect(Math.sign(compareInstants(fromMicroseconds(a), fromMicroseconds(b)))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })
})
