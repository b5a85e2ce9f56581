import { describe, expect, test } from '@jest/globals'
import { reported } from '../../bench/report.js'
import type { Result } from '../../bench/result.js'
import { slope } from '../../bench/scaling/exponent.js'
import { spread } from '../../bench/spread.js'

const result: Result = {
  ...{ name: 'online', at: '2026-01-02T03:04:05Z', commit: 'abc', scale: 1, runs: 5, seconds: 7 },
  machine: { cpu: 'a CPU', cores: 2, memoryGiB: 8, kernel: '6.1', node: 'v20.20.2' },
  versions: { Redis: '7.0.15' },
  otherWork: 1.5,
  tables: [{ title: 'Reads', rows: [{ what: 'one', ms: spread([1, 2, 3, 4, 100]), ratio: null }], notes: ['A note.'] }],
}

describe('the tables of docs/benchmarks.md', () => {
  test('stand between their markers, with the machine, and can be written again', () => {
    const page = 'before\n<!-- bench:online -->\n<!-- /bench:online -->\nafter\n'
    const once = reported(page, () => result)
    expect(once).toMatch(/\| one {2}\| 3 \(2–4\) \| {5}– \|\n\n- A note\./)
    expect(once).toMatch(
      /npm run bench -- online --runs 5.*2 × a CPU.*Redis 7\.0\.15.*\*\*The machine was at other work/,
    )
    expect(reported(once, () => result)).toBe(once)
    expect(reported(page, () => ({ ...result, minutes: 30 }))).toContain('npm run bench -- online --minutes 30')
    expect(reported(once, () => undefined)).toContain('No figures were taken yet.')
  })

  test('an exponent is the slope of logarithms', () => {
    const square = [1, 10, 100].map((x) => [Math.log(x), Math.log(3 * x * x)] as const)
    expect(slope(square)).toBeCloseTo(2)
  })
})
