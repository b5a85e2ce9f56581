import { expect, test } from '@jest/globals'
import { duration, windowLine } from '../../src/cli/window-line.js'

const event = {
  type: 'window',
  group: 'departures',
  tenant: 'default',
  start: '2001-02-01T00:00:00Z',
  end: '2001-02-02T00:00:00Z',
  ...{ done: 1_200, total: 3_650, rows: 1_234_567, rate: 12.34, elapsedMs: 97_000, remainingMs: 198_000 },
  ...{ processed: 10_000, written: 10_000, superseded: 0, rejected: 0 },
} as const

test.each([
  [undefined, 'departures: 1,200 of 3,650 windows, 2001-02-02, 1,234,567 rows, 12 windows/s, 3m 18s left'],
  [77, 'departures: 1200/3650, 2001-02-02, 1,234,567 rows, 12 windows/s, 3m 18s left'],
  [66, 'departures: 1200/3650, 1,234,567 rows, 12 windows/s, 3m 18s left'],
  [50, 'departures: 1200/3650, 12 windows/s, 3m 18s left'],
  [37, 'departures: 1200/3650, 3m 18s left'],
  [21, 'departures: 1200/3650'],
  [12, 'departures:…'],
])('in %p columns', (columns, line) => {
  expect(windowLine(event, columns)).toBe(line)
  expect(line.length).toBeLessThanOrEqual(columns ?? 1_000)
})

test('a rate is told once there is one, and until the end', () => {
  expect(windowLine({ ...event, elapsedMs: 300 })).toBe(
    'departures: 1,200 of 3,650 windows, 2001-02-02, 1,234,567 rows',
  )
  expect(windowLine({ ...event, done: 3_650 })).toBe('departures: 3,650 of 3,650 windows, 2001-02-02, 1,234,567 rows')
})

test.each([
  [200, '1s'],
  [59_400, '59s'],
  [60_000, '1m'],
  [7_509_000, '2h 5m'],
  [176_400_000, '2d 1h'],
])('%p ms is %s', (ms, text) => expect(duration(ms)).toBe(text))
