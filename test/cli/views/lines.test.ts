/** What long work looks like: its events in, the lines of a terminal of any size out. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import pc from 'picocolors'
import { barsOf } from '../../../src/cli/bars.js'
import { buildStory } from '../../../src/cli/views/build-story.js'
import { type Canvas, liveLines, settledLine } from '../../../src/cli/views/live-lines.js'
import { type LiveEvent, type LiveState, liveState, reduce } from '../../../src/cli/views/live-state.js'
import { widthOf } from '../../../src/cli/width.js'
import type { BuildEvent } from '../../../src/plan/apply.js'

const canvas = (columns: number, rows = 24): Canvas => ({
  columns,
  rows,
  colors: pc.createColors(false),
  bars: barsOf({ LANG: 'C.UTF-8' }),
})

/** Each event a second after the one before. */
const after = (events: readonly LiveEvent[]): LiveState =>
  events.reduce((state, event, i) => reduce(state, event, i * 1_000), liveState(0))
const drawn = (state: LiveState, now: number, columns = 80, rows = 24) => [
  ...state.settled.map((one) => settledLine(one, state, canvas(columns, rows))),
  ...liveLines(state, canvas(columns, rows), now),
]

const step = (group: string, windows: number) =>
  ({ kind: 'materialize', group, windows }) as Extract<BuildEvent, { type: 'step' }>['step']
const window = (group: string, done: number, total: number, rows: number) =>
  ({ type: 'window', group, done, total, rows, rate: 10, elapsedMs: 4_000, remainingMs: 9_000 }) as BuildEvent
const steps = [step('departures', 90), step('routes', 1_000), step('late', 90)]
const build = [
  { type: 'plan', plan: { steps } },
  { type: 'step', step: steps[0] },
  window('departures', 90, 90, 16_723),
  { type: 'promoted', group: 'departures', version: 2 },
  { type: 'step', step: steps[1] },
  window('routes', 45, 1_000, 1_234_567),
] as BuildEvent[]
const reads = new Map([['late', ['departures', 'routes']]])
const told = (events: readonly BuildEvent[]) => events.flatMap(buildStory(reads))

test('a build at 80 and 40 columns', () => {
  const state = after(told(build))
  expect(drawn(state, 8_000)).toEqual([
    '✓ departures        90/90   16,723 rows       3s  version 2 is live',
    '● routes         45/1,000    1.23M rows       3s  ▊░░░░░░░░░░░░░░░  9s left',
    '○ late        waits for routes',
    '  1 of 3 steps · 8s',
  ])
  expect(drawn(state, 8_000, 40)).toEqual([
    '✓ departures        90/90   16,723 rows',
    '● routes         45/1,000    1.23M rows',
    '○ late        waits for routes',
    '  1 of 3 steps · 8s',
  ])
})

test('what a terminal would obey is shown', () => {
  const state = after([{ type: 'advance', task: 'routes', doing: 'waits for \u001b[2J' }])
  expect(drawn(state, 0)).toEqual([expect.stringMatching(/^● routes +waits for \\u001b\[2J$/)])
})

test('what fails, what is not run for it, and what is stopped', () => {
  const ends = [
    { type: 'failed', group: 'routes' },
    { type: 'blocked', group: 'late', by: ['routes'] },
  ] as BuildEvent[]
  const failed = after(told([...build, ...ends]))
  expect(drawn(failed, 9_000).slice(1)).toEqual([
    '✗ routes         45/1,000    1.23M rows       2s',
    '⚠ late        reads routes',
  ])
  const stopped = after([...told(build), { type: 'close', as: 'stopped' }])
  expect(drawn(stopped, 9_000).slice(1)).toEqual(['⚠ routes         45/1,000    1.23M rows       2s'])
})

test('no line is wider than the terminal, and no frame higher', () => {
  const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  const amount = fc.option(fc.nat(2_000_000_000), { nil: undefined })
  const task = fc.record({
    task: name,
    total: amount,
    done: amount,
    amount,
    remainingMs: amount,
    doing: fc.option(name, { nil: undefined }),
  })
  fc.assert(
    fc.property(
      fc.array(task, { maxLength: 40 }),
      fc.integer({ min: 10, max: 200 }),
      fc.integer({ min: 4, max: 60 }),
      (tasks, columns, rows) => {
        const half = tasks.slice(0, tasks.length / 2)
        const state = after([
          { type: 'expect', tasks: tasks.map(({ task }) => ({ task, after: half.map((one) => one.task) })) },
          ...half.map((one) => ({ type: 'advance', ...one }) as const),
        ])
        const lines = liveLines(state, canvas(columns, rows), 60_000)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
        expect(lines.length).toBeLessThan(rows)
        const closed = reduce(state, { type: 'close', as: 'stopped' }, 61_000)
        for (const one of closed.settled)
          expect(widthOf(settledLine(one, closed, canvas(columns)))).toBeLessThanOrEqual(columns)
      },
    ),
  )
})
