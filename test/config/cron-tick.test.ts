/** When a schedule last came round, against a look at every minute. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lastTick } from '../../src/config/cron-tick.js'
import { rounds } from '../rounds.js'

test.each([
  ['* * * * *', '2026-03-10T05:30:59Z', '2026-03-10T05:30:00Z'],
  ['0 3 * * *', '2026-03-10T02:59:00Z', '2026-03-09T03:00:00Z'],
  ['0 3 * * *', '2026-03-10T03:00:00Z', '2026-03-10T03:00:00Z'],
  ['*/15 9-17 * * mon-fri', '2026-03-08T12:00:00Z', '2026-03-06T17:45:00Z'],
  ['0 0 * * 7', '2026-03-10T00:00:00Z', '2026-03-08T00:00:00Z'],
  ['0 0 1 * mon', '2026-03-04T00:00:00Z', '2026-03-02T00:00:00Z'],
  ['5/20 0 29 feb *', '2026-03-10T00:00:00Z', '2024-02-29T00:45:00Z'],
])('%s at %s was %s', (expression, at, expected) => {
  expect(lastTick(expression, new Date(at))).toEqual(new Date(expected))
})

test('a day that never comes', () => {
  expect(lastTick('0 0 31 feb *', new Date('2026-03-10T00:00:00Z'))).toBeUndefined()
})

test('minutes, hours and days as a walk back through every minute finds them', () => {
  const field = (max: number, min = 0) => fc.option(fc.integer({ min, max }), { nil: undefined })
  const start = Date.UTC(2026, 0, 1)
  fc.assert(
    fc.property(field(59), field(23), field(28, 1), fc.nat({ max: 525_600 }), (minute, hour, day, at) => {
      const found = lastTick(`${minute ?? '*'} ${hour ?? '*'} ${day ?? '*'} * *`, new Date(start + at * 60_000))
      const fits = (time: Date) =>
        (minute ?? time.getUTCMinutes()) === time.getUTCMinutes() &&
        (hour ?? time.getUTCHours()) === time.getUTCHours() &&
        (day ?? time.getUTCDate()) === time.getUTCDate()
      let time = start + at * 60_000
      while (!fits(new Date(time))) time -= 60_000
      expect(found).toEqual(new Date(time))
    }),
    rounds(50),
  )
})
