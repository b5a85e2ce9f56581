/** What a record says of a run's outcome, of outcomes that a test of the command line seldom comes to. */
import { expect, test } from '@jest/globals'
import type { Outcome } from '../../../src/cli/outcome.js'
import { added, emptyTally } from '../../../src/cli/runs/tally.js'
import { FstoreError } from '../../../src/errors.js'

const tallied = (...outcomes: readonly Outcome[]) => outcomes.reduce(added, emptyTally)

test('a scheduler’s runs of a group add up to one line, and errors do not pile up', () => {
  const run = {
    type: 'finished',
    tick: '2026-01-01T00:00:00Z',
    tenants: 1,
    windows: 1,
    written: 5,
    durationMs: 9,
  } as const
  const outcome = (group: string, status: 'completed' | 'failed'): Outcome => ({
    kind: 'scheduled',
    run: { ...run, group, status, ...(status === 'failed' && { error: 'It is gone.' }) },
  })
  const bad = Array.from({ length: 150 }, () => outcome('b', 'failed'))
  const { groups, totals, errors } = tallied(outcome('a', 'completed'), ...bad, outcome('a', 'completed'))
  expect(groups).toEqual([
    { group: 'b', status: 'failed', windows: 150, rows: 750 },
    { group: 'a', status: 'completed', windows: 2, rows: 10 },
  ])
  expect(totals).toEqual({ completed: 2, failed: 150 })
  expect(errors).toHaveLength(100)
  expect(errors[0]).toEqual({ code: 'RUN_FAILED', message: '2026-01-01T00:00:00Z: It is gone.', group: 'b' })
})

test('a build for all tenants has a line for each tenant and group, and what Redis refused', () => {
  const error = new FstoreError('SQL_FAILED', 'No.')
  const counts = { processed: 2, superseded: 0, promoted: false, version: 1 }
  const good = { group: 'g', status: 'built', windows: 1, written: 2, rejected: 0, ...counts } as const
  const bad = { ...good, status: 'failed', windows: 0, written: 0, error } as const
  const own = { upToDate: false, durationMs: 1 }
  const { groups, errors } = tallied({
    kind: 'build',
    result: {
      ...own,
      status: 'failed',
      groups: [bad],
      archived: [],
      onlineError: new FstoreError('REDIS_REFUSED', 'Full.'),
      tenants: [
        { ...own, tenant: 'acme', status: 'done', groups: [good] },
        { ...own, tenant: 'zeta', status: 'failed', groups: [bad] },
      ],
    },
  })
  expect(groups).toEqual([
    { group: 'g', tenant: 'acme', version: 1, status: 'built', windows: 1, rows: 2, rejected: 0 },
    { group: 'g', tenant: 'zeta', version: 1, status: 'failed', windows: 0, rows: 0, rejected: 0 },
  ])
  expect(errors).toEqual([
    { code: 'SQL_FAILED', message: 'No.', group: 'g', tenant: 'zeta' },
    { code: 'REDIS_REFUSED', message: 'Full.' },
  ])
})
