import { expect, test } from '@jest/globals'
import { float64, int64 } from '../../src/index.js'
import { explain } from '../../src/plan/explain.js'
import { compile, compileOne, group } from '../project.js'
import { covering, plan, registered, state } from './given.js'

const daily = { start: '2026-03-01', every: '1d' } as const

test('a plan in words', async () => {
  const old = await compileOne('changed', daily)
  const [fresh, changed, described, restored, late] = await compile(
    group('fresh', { ...daily, every: '1h' }),
    group('changed', { ...daily, features: { visits: int64(), spent: float64() } }),
    group('described', { ...daily, description: 'x' }),
    group('restored', daily),
    group('late', daily),
  )
  if (!fresh || !changed || !described || !restored || !late) throw new Error('not compiled')
  const all = [['2026-03-01T00:00:00Z', '2026-03-10T00:00:00Z']] as const
  const gaps = [2, 3, 4, 5, 6, 7, 8].map((day) => [`2026-03-0${day}T00:00:00Z`, `2026-03-0${day}T12:00:00Z`] as const)
  const other = await compileOne('restored', { ...daily, partition: 'none' })
  const given = state(
    [
      registered([old]),
      registered([described], { metadata: '[]' }),
      registered([restored, other]),
      registered([late]),
      registered([await compileOne('gone')]),
    ],
    [
      covering(described, all),
      covering(restored, all),
      covering(
        late,
        all,
        gaps.filter((_, i) => i % 2 === 0),
      ),
    ],
    ['0001_registry.sql'],
  )
  const groups = [fresh, changed, described, restored, late]
  const made = plan(groups, { state: given, declared: groups.map(({ group: { name } }) => name) })
  expect(
    explain(made)
      .join('\n')
      .replaceAll(/\([0-9a-f]{12}\)/g, '(fingerprint)'),
  ).toMatchInlineSnapshot(`
"migrate the schema: 0001_registry.sql
fresh
  + version 1 (fingerprint): first version
    materialize 221 windows of 1h for tenant default
      2026-03-01 to 2026-03-10T05:00:00Z
    make version 1 live
changed
  ~ version 2 (fingerprint): + spent
    materialize 9 windows of 1d for tenant default
      2026-03-01 to 2026-03-10
    make version 2 live, beside the old table, when it covers what 98b38aa38939 covers
described
  = version 1 (fingerprint): descriptions only
restored
  < version 1 (fingerprint): version 1 again
    make version 1 live, beside the old table, when it covers what 32961dcb2752 covers
late
    materialize 4 windows of 1d for tenant default
      2026-03-02 to 2026-03-03
      2026-03-04 to 2026-03-05
      2026-03-06 to 2026-03-07
      2026-03-08 to 2026-03-09
- no longer declared: gone (archived; rows are kept)"
`)
})

test('of nothing', async () => {
  expect(explain(plan([]))).toEqual(['Nothing to do: everything declared is built, and no window is due.'])
})

test('of a full build, and of more spans than are worth a line', async () => {
  const compiled = await compileOne('activity', daily)
  const gaps = [3, 5, 7, 9, 11, 13].map(
    (day) =>
      [`2026-02-${`${day}`.padStart(2, '0')}T00:00:00Z`, `2026-02-${`${day + 1}`.padStart(2, '0')}T00:00:00Z`] as const,
  )
  const given = { state: state([registered([compiled])], [covering(compiled, gaps)]), start: '2026-02-01T00:00:00Z' }
  expect(explain(plan([compiled], { ...given, full: true }))).toEqual([
    'activity',
    '    materialize 37 windows of 1d for tenant default, covered ones too',
    '      2026-02-01 to 2026-03-10',
  ])
  expect(explain(plan([compiled], given)).slice(-2)).toEqual([
    '      2026-02-10 to 2026-02-11',
    '      and 2 more spans',
  ])
})
