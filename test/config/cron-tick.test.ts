/** When a schedule came round last and comes round next, against a look at every minute. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ticksOf } from '../../src/config/cron-tick.js'
import { cronProblem } from '../../src/config/parse/cron.js'
import { rounds } from '../rounds.js'

test.each([
  ['* * * * *', '2026-03-10T05:30:59.999Z', '2026-03-10T05:30:00Z', '2026-03-10T05:31:00Z'],
  ['0 3 * * *', '2026-03-10T02:59:00Z', '2026-03-09T03:00:00Z', '2026-03-10T03:00:00Z'],
  ['0 3 * * *', '2026-03-10T03:00:00Z', '2026-03-10T03:00:00Z', '2026-03-11T03:00:00Z'],
  ['0 3 * * *', '2026-03-10T02:59:59.999Z', '2026-03-09T03:00:00Z', '2026-03-10T03:00:00Z'],
  ['*/15 9-17 * * mon-fri', '2026-03-08T12:00:00Z', '2026-03-06T17:45:00Z', '2026-03-09T09:00:00Z'],
  ['0 0 * * 7', '2026-03-10T00:00:00Z', '2026-03-08T00:00:00Z', '2026-03-15T00:00:00Z'],
  ['0 0 1 * mon', '2026-03-04T00:00:00Z', '2026-03-02T00:00:00Z', '2026-03-09T00:00:00Z'],
  ['5-59/20 0 29 feb *', '2026-03-10T00:00:00Z', '2024-02-29T00:45:00Z', '2028-02-29T00:05:00Z'],
  ['0 0 31 feb *', '2026-03-10T00:00:00Z', undefined, undefined],
])('%s at %s was %s, and will be %s', async (expression, at, last, next) => {
  const ticks = await ticksOf(expression)
  const seen = [ticks.last(new Date(at)), ticks.next(new Date(at))]
  expect(seen).toEqual([last, next].map((text) => text && new Date(text)))
})

/** Items of a field: as config may have them, out of range and the wrong way round among them. */
const item = (low: number, high: number) => {
  const number = fc.integer({ min: Math.max(low - 1, 0), max: high + 1 })
  const step = fc.option(fc.integer({ min: 0, max: high + 2 }), { nil: undefined })
  const range = fc.oneof(
    fc.constant('*'),
    number.map(String),
    fc.tuple(number, number).map(([from, to]) => `${from}-${to}`),
  )
  return fc.tuple(range, step).map(([range, step]) => (step === undefined ? range : `${range}/${step}`))
}
const field = (place: number, low: number, high: number) =>
  fc
    .array(item(low, high), { minLength: 1, maxLength: 2 })
    .map((items) => items.join(','))
    .filter((text) => cronProblem(['*', '*', '*', '*', '*'].with(place, text).join(' ')) === undefined)

test('what the config lets through can be worked out, as a walk back through every minute finds it', async () => {
  const start = Date.UTC(2026, 0, 1)
  const expressions = fc.tuple(field(0, 0, 59), field(1, 0, 23), field(2, 1, 31), field(3, 1, 12), field(4, 0, 7))
  await fc.assert(
    fc.asyncProperty(expressions, fc.nat({ max: 525_600 }), async (parts, minutes) => {
      const expression = parts.join(' ')
      const at = start + minutes * 60_000
      const last = (await ticksOf(expression)).last(new Date(at))
      let time = at
      while (!means(parts, new Date(time)) && time > at - 4 * 86_400_000) time -= 60_000
      if (means(parts, new Date(time))) expect(last).toEqual(new Date(time))
      else expect(last === undefined || last.getTime() < time).toBe(true)
    }),
    rounds(60),
  )
})

/** Where both days are restricted, either will do. */
function means([minute = '', hour = '', day = '', month = '', weekday = '']: readonly string[], at: Date): boolean {
  const onDay = [
    fits(day, at.getUTCDate(), 31),
    fits(weekday, at.getUTCDay(), 7) || fits(weekday, at.getUTCDay() || 7, 7),
  ]
  const either = day !== '*' && weekday !== '*'
  const onDate = either ? onDay.some(Boolean) : onDay.every(Boolean)
  return (
    fits(minute, at.getUTCMinutes(), 59) &&
    fits(hour, at.getUTCHours(), 23) &&
    fits(month, at.getUTCMonth() + 1, 12) &&
    onDate
  )
}

function fits(field: string, number: number, high: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/')
    const [low = 0, end] = range === '*' ? [high === 31 || high === 12 ? 1 : 0, high] : range.split('-').map(Number)
    return number >= low && number <= (end ?? low) && (number - low) % Number(step) === 0
  })
}
