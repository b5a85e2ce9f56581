/** Spans and windows against a naive model: sets of small whole numbers, a second each. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fromMicroseconds, toMicroseconds } from '../../src/config/instant.js'
import {
  ceilTo,
  contains,
  countWindows,
  due,
  floorTo,
  intersect,
  normalize,
  type Span,
  subtract,
  target,
  wholeWindows,
  windowsOf,
} from '../../src/pipeline/window.js'
import { rounds } from '../rounds.js'

const second = 1_000_000n
/** The model's zero: a Monday, and a boundary of windows of any length. */
const origin = toMicroseconds('1970-01-05T00:00:00Z')
const at = (tick: number) => origin + BigInt(tick) * second
const span = ([start, end]: readonly [number, number]): Span => ({ start: at(start), end: at(end) })
const tick = (instant: bigint) => Number((instant - origin) / second)

const edge = fc.integer({ min: -30, max: 30 })
/** Any pair: also empty and backward ones, overlapping and touching ones. */
const pairs = fc.array(fc.tuple(edge, edge), { maxLength: 6 })
const lengths = fc.integer({ min: 1, max: 9 })

/** The ticks that spans hold. */
function ticksOf(list: readonly (readonly [number, number])[]): Set<number> {
  return new Set(list.flatMap(([start, end]) => Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i)))
}
const ticksIn = (spans: readonly Span[]) => ticksOf(spans.map(({ start, end }) => [tick(start), tick(end)]))
const filtered = (ticks: Set<number>, keep: (at: number) => boolean) => new Set([...ticks].filter(keep))

function expectSpans(spans: readonly Span[], ticks: Set<number>): void {
  expect([...ticksIn(spans)].sort((a, b) => a - b)).toEqual([...ticks].sort((a, b) => a - b))
  spans.forEach((one, i) => {
    expect(one.start < one.end).toBe(true)
    const next = spans[i + 1]
    if (next !== undefined) expect(one.end < next.start).toBe(true)
  })
}

describe('spans', () => {
  test('normalize, intersect, subtract and contains are those of sets', () => {
    fc.assert(
      fc.property(pairs, pairs, (left, right) => {
        const [a, b] = [left.map(span), right.map(span)]
        const [setA, setB] = [ticksOf(left), ticksOf(right)]
        expectSpans(normalize(a), setA)
        expectSpans(
          intersect(a, b),
          filtered(setA, (one) => setB.has(one)),
        )
        expectSpans(
          subtract(a, b),
          filtered(setA, (one) => !setB.has(one)),
        )
        expect(contains(a, b)).toBe([...setB].every((one) => setA.has(one)))
      }),
      rounds(500),
    )
  })

  test('what is due is never covered, or stale, of the whole', () => {
    fc.assert(
      fc.property(edge, lengths, pairs, pairs, (start, length, covered, stale) => {
        const whole = span([start, start + length])
        const [setC, setS] = [ticksOf(covered), ticksOf(stale)]
        const expected = filtered(ticksIn([whole]), (one) => !setC.has(one) || setS.has(one))
        expectSpans(due(whole, covered.map(span), stale.map(span)), expected)
      }),
      rounds(300),
    )
  })
})

describe('boundaries', () => {
  test('floorTo and ceilTo are the nearest multiples of every, before 1970 too', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 200 }), fc.nat(999_999), lengths, (whole, micro, every) => {
        const exact = at(whole) + BigInt(micro)
        let floor = -400 - (-400 % every)
        while (at(floor + every) <= exact) floor += every
        expect(tick(floorTo(exact, every))).toBe(floor)
        expect(tick(ceilTo(exact, every))).toBe(at(floor) === exact ? floor : floor + every)
      }),
      rounds(300),
    )
  })

  test.each([
    [86_400, '2026-03-29T12:00:00Z', '2026-03-29T00:00:00Z'],
    [3_600, '1969-12-31T23:59:59.999999Z', '1969-12-31T23:00:00Z'],
    [604_800, '2026-03-01T00:00:00Z', '2026-02-23T00:00:00Z'],
    [900, '2026-03-01T08:14:59.999999Z', '2026-03-01T08:00:00Z'],
  ])('windows of %d seconds: %s is in the one that begins at %s', (every, instant, start) => {
    expect(fromMicroseconds(floorTo(toMicroseconds(instant), every))).toBe(start)
  })

  test('wholeWindows is all that fits and nothing that does not', () => {
    fc.assert(
      fc.property(edge, edge, fc.nat(1), lengths, (start, end, micro, every) => {
        const outer = { start: at(start) - BigInt(micro), end: at(end) + BigInt(micro) }
        const fitting = boundaries(every).filter((one) => at(one) >= outer.start && at(one + every) <= outer.end)
        const whole = wholeWindows(outer, every)
        if (whole === undefined) expect(fitting).toEqual([])
        else expectSpans([whole], ticksOf(fitting.map((one) => [one, one + every])))
      }),
      rounds(300),
    )
  })
})

/** Where windows begin, around the edges that the properties use. */
function boundaries(every: number): number[] {
  return Array.from({ length: 200 }, (_, i) => (i - 100) * every).filter((one) => Math.abs(one) <= 60)
}

describe('windows', () => {
  const wholes = fc.record({
    every: lengths,
    first: fc.integer({ min: -6, max: 3 }),
    count: fc.integer({ min: 1, max: 8 }),
  })

  test('windowsOf yields, in order and once, each window of the whole that touches a part', () => {
    fc.assert(
      fc.property(wholes, pairs, ({ every, first, count }, list) => {
        const whole = span([first * every, (first + count) * every])
        const parts = normalize(list.map(span))
        const touched = ticksIn(intersect([whole], parts))
        const expected = Array.from({ length: count }, (_, i) => (first + i) * every).filter((start) =>
          Array.from({ length: every }, (_, i) => start + i).some((one) => touched.has(one)),
        )
        const windows = [...windowsOf(whole, every, parts)]
        expect(windows.map(({ start }) => tick(start))).toEqual(expected)
        for (const { start, end } of windows) expect(end - start).toBe(BigInt(every) * second)
        expect(countWindows(whole, every, parts)).toBe(windows.length)
      }),
      rounds(500),
    )
  })

  test('of a long history they are counted without being made', () => {
    const whole = { start: toMicroseconds('0001-01-01T00:00:00Z'), end: toMicroseconds('9999-01-01T00:00:00Z') }
    expect(countWindows(whole, 1, [whole])).toBe(Number((whole.end - whole.start) / second))
  })
})

describe('the target', () => {
  const maybe = fc.option(edge, { nil: undefined })

  test('is every whole window from the start to the end or now', () => {
    fc.assert(
      fc.property(edge, maybe, edge, lengths, pairs, (start, end, now, every, covered) => {
        const last = Math.min(end ?? now, now)
        const options = { start: at(start), end: end === undefined ? undefined : at(end), every, now: at(now) }
        const whole = target({ ...options, covered: normalize(covered.map(span)) })
        const fitting = boundaries(every).filter((one) => one >= start && one + every <= last)
        if (whole === undefined) expect(fitting).toEqual([])
        else expectSpans([whole], ticksOf(fitting.map((one) => [one, one + every])))
      }),
      rounds(300),
    )
  })

  test('without a start is the last window over, and what it covers already', () => {
    fc.assert(
      fc.property(maybe, edge, lengths, pairs, (end, now, every, list) => {
        const covered = normalize(list.map(span))
        const last = Math.min(end ?? now, now)
        const newest = Math.max(...boundaries(every).filter((one) => one + every <= last))
        const from = Math.min(newest, ...covered.slice(0, 1).map(({ start }) => tick(start)))
        const whole = target({ end: end === undefined ? undefined : at(end), every, now: at(now), covered })
        const fitting = boundaries(every).filter((one) => one >= from && one + every <= last)
        expectSpans(whole === undefined ? [] : [whole], ticksOf(fitting.map((one) => [one, one + every])))
      }),
      rounds(300),
    )
  })

  test('a window whose end lies a microsecond ahead does not count', () => {
    const now = at(10) - 1n
    expect(target({ start: at(0), every: 5, now, covered: [] })).toEqual({ start: at(0), end: at(5) })
    expect(target({ start: at(6), every: 5, now, covered: [] })).toBeUndefined()
    expect(target({ start: at(20), every: 5, now, covered: [] })).toBeUndefined()
  })
})
