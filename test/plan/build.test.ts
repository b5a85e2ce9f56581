import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fromMicroseconds, toMicroseconds } from '../../src/config/instant.js'
import { float64, int64, sql } from '../../src/index.js'
import { requireWindows, windowsOfStep } from '../../src/plan/build.js'
import { compile, compileOne, group } from '../project.js'
import { rounds } from '../rounds.js'
import { covering, now, plan, registered, state, steps } from './given.js'

const daily = { start: '2026-03-01', every: '1d' } as const
const built = [['2026-03-01T00:00:00Z', '2026-03-10T00:00:00Z']] as const

describe('a group', () => {
  test('that is new is registered, materialized up to the last window over, and made live', async () => {
    const compiled = await compileOne('activity', daily)
    const { fingerprint } = compiled.definition
    expect(plan([compiled], { state: state([], [], ['0001_registry.sql']) })).toEqual({
      project: 'demo',
      tenant: 'default',
      now,
      versions: { activity: 1 },
      steps: [
        { kind: 'migrate', migrations: ['0001_registry.sql'] },
        { kind: 'register', group: 'activity', change: 'new', version: 1, fingerprint, summary: 'first version' },
        {
          kind: 'materialize',
          group: 'activity',
          tenant: 'default',
          fingerprint,
          type: 'incremental',
          start: '2026-03-01T00:00:00Z',
          end: '2026-03-10T00:00:00Z',
          every: 86_400,
          windows: 9,
          spans: built,
        },
        { kind: 'promote', group: 'activity', from: null, to: fingerprint, version: 1 },
      ],
    })
  })

  test('that is built needs nothing', async () => {
    const compiled = await compileOne('activity', daily)
    expect(plan([compiled], { state: state([registered([compiled])], [covering(compiled, built)]) }).steps).toEqual([])
  })

  test('that is only described anew is registered and nothing else', async () => {
    const [plain, described] = [
      await compileOne('activity', daily),
      await compileOne('activity', { ...daily, owner: 'me' }),
    ]
    const given = state([registered([plain])], [covering(plain, built)])
    expect(plan([described], { state: given }).steps).toEqual([
      expect.objectContaining({ kind: 'register', change: 'described', version: 1, summary: 'descriptions only' }),
    ])
  })

  test('that changed is built whole beside the live one', async () => {
    const before = await compileOne('activity', daily)
    const after = await compileOne('activity', { ...daily, features: { visits: int64(), spent: float64() } })
    const given = state([registered([before])], [covering(before, built)])
    const { fingerprint } = after.definition
    expect(plan([after], { state: given }).steps).toEqual([
      {
        kind: 'register',
        group: 'activity',
        change: 'changed',
        version: 2,
        fingerprint,
        summary: '+ spent',
        diff: { added: ['spent'], removed: [], changed: [], group: [] },
      },
      expect.objectContaining({ kind: 'materialize', fingerprint, windows: 9 }),
      { kind: 'promote', group: 'activity', from: before.definition.fingerprint, to: fingerprint, version: 2 },
    ])
  })

  test('that goes back to an old meaning has its number and its windows again', async () => {
    const [first, second] = [
      await compileOne('activity', daily),
      await compileOne('activity', { ...daily, partition: 'none' }),
    ]
    const covered = [covering(first, [['2026-03-01T00:00:00Z', '2026-03-08T00:00:00Z']]), covering(second, built)]
    expect(plan([first], { state: state([registered([first, second])], covered) }).steps).toEqual([
      expect.objectContaining({ kind: 'register', change: 'restored', version: 1, summary: 'version 1 again' }),
      expect.objectContaining({ kind: 'materialize', windows: 2, start: '2026-03-08T00:00:00Z' }),
      expect.objectContaining({ kind: 'promote', from: second.definition.fingerprint, version: 1 }),
    ])
  })

  test('that was registered and never made live goes on where it stopped', async () => {
    const compiled = await compileOne('activity', daily)
    const half = covering(compiled, [['2026-03-01T00:00:00Z', '2026-03-05T00:00:00Z']])
    const given = state([registered([compiled], { activeFingerprint: null })], [half])
    expect(plan([compiled], { state: given }).steps).toEqual([
      expect.objectContaining({ kind: 'materialize', windows: 5, start: '2026-03-05T00:00:00Z' }),
      expect.objectContaining({ kind: 'promote', from: null, version: 1 }),
    ])
  })

  test('that came back from the archive is described, not built', async () => {
    const compiled = await compileOne('activity', daily)
    const archived = registered([compiled], { status: 'archived', metadata: '[]' })
    const made = plan([compiled], { state: state([archived], [covering(compiled, built)]), declared: ['activity'] })
    expect(made.steps).toEqual([expect.objectContaining({ kind: 'register', change: 'described' })])
  })
})

describe('windows that are due', () => {
  const due = async (
    options: object,
    narrowed: object = {},
    covered: Parameters<typeof covering>[1] = [],
    stale: Parameters<typeof covering>[1] = [],
  ) => {
    const compiled = await compileOne('activity', options)
    const given = state([registered([compiled])], [covering(compiled, covered, stale)])
    const [step] = steps(plan([compiled], { state: given, ...narrowed }), 'materialize')
    return step && { windows: step.windows, spans: step.spans, type: step.type }
  }
  const whole = (start: string, end: string, windows: number, type = 'incremental') => ({
    windows,
    type,
    spans: [[`${start}T00:00:00Z`, `${end}T00:00:00Z`]],
  })

  test('are none before the start, none after the end', async () => {
    expect(await due({ every: '1d', start: '2026-04-01' })).toBeUndefined()
    expect(await due({ every: '1d', start: '2026-03-10' })).toBeUndefined()
    expect(await due({ every: '1d', start: '2026-02-01', end: '2026-02-03T12:00:00Z' })).toEqual(
      whole('2026-02-01', '2026-02-03', 2),
    )
    expect(await due({ every: '1d', start: '2026-03-08', end: '2027-01-01' })).toEqual(
      whole('2026-03-08', '2026-03-10', 2),
    )
  })

  test('without a start are the last one, then those since the first', async () => {
    expect(await due({ every: '1d' })).toEqual(whole('2026-03-09', '2026-03-10', 1))
    expect(await due({ every: '1d' }, {}, [['2026-03-04T00:00:00Z', '2026-03-05T00:00:00Z']])).toEqual(
      whole('2026-03-05', '2026-03-10', 5),
    )
  })

  test('are narrowed by a start and an end, to whole windows', async () => {
    expect(await due(daily, { start: '2026-03-02T01:00:00Z', end: '2026-03-05T23:00:00Z' })).toEqual(
      whole('2026-03-03', '2026-03-05', 2),
    )
    expect(await due(daily, { start: '2026-03-09T00:00:00Z' })).toEqual(whole('2026-03-09', '2026-03-10', 1))
    expect(await due(daily, { end: '2026-03-02T00:00:00Z' })).toEqual(whole('2026-03-01', '2026-03-02', 1))
    expect(await due(daily, { start: '2026-03-02T01:00:00Z', end: '2026-03-02T23:00:00Z' })).toBeUndefined()
    expect(await due(daily, { start: '2026-03-05T00:00:00Z', end: '2027-01-01T00:00:00Z' })).toEqual(
      whole('2026-03-05', '2026-03-10', 5),
    )
  })

  test('named by hand may lie before the group’s start', async () => {
    expect(await due(daily, { start: '2026-02-26T00:00:00Z', end: '2026-03-02T00:00:00Z' })).toEqual(
      whole('2026-02-26', '2026-03-02', 4),
    )
  })

  test('are all of them when the build is full', async () => {
    expect(await due(daily, { full: true }, built)).toEqual(whole('2026-03-01', '2026-03-10', 9, 'full'))
    expect(await due(daily, { full: true, start: '2026-03-09T00:00:00Z' }, built)).toEqual(
      whole('2026-03-09', '2026-03-10', 1, 'full'),
    )
  })

  test('are the stale ones of those covered, and the gaps', async () => {
    const covered = [
      ['2026-03-01T00:00:00Z', '2026-03-03T00:00:00Z'],
      ['2026-03-04T00:00:00Z', '2026-03-10T00:00:00Z'],
    ] as const
    expect(await due(daily, {}, covered, [['2026-03-07T23:59:59.999999Z', '9999-01-01T00:00:00Z']])).toEqual({
      type: 'incremental',
      windows: 4,
      spans: [
        ['2026-03-03T00:00:00Z', '2026-03-04T00:00:00Z'],
        ['2026-03-07T00:00:00Z', '2026-03-10T00:00:00Z'],
      ],
    })
  })

  test('of which only a part is due are named once', async () => {
    const hours = [
      ['2026-03-01T00:00:00Z', '2026-03-02T05:00:00Z'],
      ['2026-03-02T07:00:00Z', '2026-03-10T00:00:00Z'],
      ['2026-03-02T05:30:00Z', '2026-03-02T06:00:00Z'],
    ] as const
    expect(await due(daily, {}, hours)).toEqual(whole('2026-03-02', '2026-03-03', 1))
  })

  test('of another length are those asked for', async () => {
    const compiled = await compileOne('activity', daily)
    const range = { start: '2026-03-02T00:00:00Z', end: '2026-03-02T03:00:00Z', full: true, every: 3600 }
    const [step] = steps(plan([compiled], range), 'materialize')
    expect(step).toMatchObject({ every: 3600, windows: 3, start: range.start, end: range.end })
  })

  test('are the same counted, spanned and run', async () => {
    const compiled = await compileOne('activity', { start: '2026-03-09T00:00:00Z', every: '3h' })
    const minute = (n: number) => fromMicroseconds(toMicroseconds('2026-03-09T00:00:00Z') + BigInt(n) * 60_000_000n)
    const span = fc
      .tuple(fc.nat(1700), fc.nat(1700))
      .map(([a, b]) => [minute(Math.min(a, b)), minute(Math.max(a, b))] as const)
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), fc.array(span, { maxLength: 2 }), (covered, stale) => {
        const sorted = (list: (readonly [string, string])[]) => list.toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
        const given = state([registered([compiled])], [covering(compiled, sorted(covered), sorted(stale))])
        const [step] = steps(plan([compiled], { state: given }), 'materialize')
        const micro = (list: readonly (readonly [string, string])[]) => list.map((one) => one.map(toMicroseconds))
        const due = Array.from({ length: 9 }, (_, i) => toMicroseconds(minute(i * 180))).filter((start) => {
          const minutes = Array.from({ length: 180 }, (_, i) => start + BigInt(i) * 60_000_000n)
          const inside = (spans: bigint[][], at: bigint) => spans.some(([from = 0n, to = 0n]) => from <= at && at < to)
          return minutes.some((at) => !inside(micro(covered), at) || inside(micro(stale), at))
        })
        expect(step === undefined ? [] : [...windowsOfStep(step).windows].map(({ start }) => start)).toEqual(due)
        expect(step?.windows ?? 0).toBe(due.length)
        const spans = micro(step?.spans ?? [])
        expect(spans.reduce((sum, [from = 0n, to = 0n]) => sum + Number(to - from) / 10_800_000_000, 0)).toBe(
          due.length,
        )
        spans.forEach(([from = 0n], i) => {
          expect(i === 0 || from > (spans[i - 1]?.[1] as bigint)).toBe(true)
        })
      }),
      rounds(60),
    )
  })
})

describe('several groups', () => {
  const reading = (name: string) =>
    sql(Object.assign([''], { raw: [`SELECT user_id, visits FROM fstore_offline.${name}`] }))

  test('are built each after those it reads', async () => {
    const groups = await compile(
      group('a', { ...daily, sql: reading('b') }),
      group('b', { ...daily, sql: reading('c') }),
      group('c', daily),
    )
    expect(steps(plan(groups), 'promote').map((step) => step.group)).toEqual(['c', 'b', 'a'])
  })

  test('that the config no longer has are archived, once, and only by a build of all', async () => {
    const [kept, gone] = await compile(group('kept', daily), group('gone', daily))
    if (kept === undefined || gone === undefined) throw new Error('not compiled')
    const covered = [covering(kept, built), covering(gone, built)]
    const both = state([registered([kept]), registered([gone])], covered)
    expect(plan([kept], { state: both, declared: ['kept'] }).steps).toEqual([{ kind: 'archive', groups: ['gone'] }])
    expect(plan([kept], { state: both }).steps).toEqual([])
    const done = state([registered([kept]), registered([gone], { status: 'archived' })], covered)
    expect(plan([kept], { state: done, declared: ['kept'] }).steps).toEqual([])
  })
})

test('no window between the start and the end given is an error that says why', async () => {
  const groups = [await compileOne('activity', daily)]
  const options = { project: 'demo', tenant: 'default', groups, state: state(), full: true }
  const narrow = { ...options, start: '2026-03-02T01:00:00Z', end: '2026-03-02T23:00:00Z' }
  expect(() => requireWindows(plan(groups, narrow), narrow)).toThrow(
    expect.objectContaining({ code: 'RANGE_EMPTY', why: expect.stringContaining('activity') }),
  )
  expect(() => requireWindows(plan(groups, options), options)).not.toThrow()
})
