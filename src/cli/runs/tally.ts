/** What the outcomes of a command add up to. */
import type { FstoreError } from '../../errors.js'
import type { BuildResult, TenantResult } from '../../plan/execute.js'
import type { FinishedRun } from '../../plan/schedule-event.js'
import type { Outcome } from '../outcome.js'
import type { RunError, RunGroup, Tally } from './run-record.js'

export const emptyTally: Tally = { groups: [], totals: {}, errors: [] }

/** A scheduler may fail every minute for a week. */
const mostErrors = 100

export function added(tally: Tally, outcome: Outcome): Tally {
  if (outcome.kind === 'scheduled') return withRun(tally, outcome.run)
  const more = tallyOf(outcome)
  return {
    groups: [...tally.groups, ...more.groups],
    totals: { ...tally.totals, ...more.totals },
    errors: [...tally.errors, ...more.errors].slice(-mostErrors),
  }
}

function tallyOf(outcome: Exclude<Outcome, { kind: 'scheduled' }>): Tally {
  switch (outcome.kind) {
    case 'build':
      return built(outcome.result)
    case 'sync': {
      const { groups } = outcome.result
      const sent = groups.reduce((sum, { rows }) => sum + rows, 0)
      return {
        ...emptyTally,
        groups: groups.map(({ group, tenant, version, rows }) => ({ group, tenant, version, status: 'sent', rows })),
        totals: { sent },
      }
    }
    case 'push':
    case 'ingest':
      return { ...emptyTally, totals: { ...outcome.totals } }
    case 'export':
      return { ...emptyTally, totals: { rows: outcome.rows } }
    case 'cleanup':
      return { ...emptyTally, totals: { removed: outcome.report.removed.length, left: outcome.report.skipped.length } }
    case 'erase':
      return { ...emptyTally, totals: { rows: outcome.report.rows, left: outcome.report.left } }
    case 'rollback': {
      const { group, version, done } = outcome.rollback
      return { ...emptyTally, groups: [{ group, version, status: done ? 'live' : 'unchanged' }] }
    }
    case 'error':
      return { ...emptyTally, errors: [errorOf(outcome.error)] }
    default:
      return emptyTally
  }
}

function built({ groups, tenants, onlineError }: BuildResult): Tally {
  const parts: readonly Partial<TenantResult>[] = tenants ?? [{ groups }]
  const each = parts.flatMap(({ tenant, groups = [] }) => groups.map((one) => ({ one, tenant })))
  return {
    ...emptyTally,
    groups: each.map(({ one, tenant }) => ({
      group: one.group,
      ...(tenant !== undefined && { tenant }),
      version: one.version,
      status: one.status,
      windows: one.windows,
      rows: one.written,
      rejected: one.rejected,
    })),
    errors: [
      ...each.flatMap(({ one, tenant }) => (one.error === undefined ? [] : [errorOf(one.error, one.group, tenant)])),
      ...(onlineError === undefined ? [] : [errorOf(onlineError)]),
    ],
  }
}

/** Of a scheduler's runs of a group there is one line, however long it has been at it. */
function withRun({ groups, totals, errors }: Tally, run: FinishedRun): Tally {
  const before = groups.find(({ group }) => group === run.group)
  const now: RunGroup = {
    group: run.group,
    status: run.status,
    windows: (before?.windows ?? 0) + run.windows,
    rows: (before?.rows ?? 0) + run.written,
  }
  const error = { code: 'RUN_FAILED', message: `${run.tick}: ${run.error ?? run.status}`, group: run.group }
  return {
    groups: [...groups.filter((one) => one !== before), now],
    totals: { ...totals, [run.status]: (totals[run.status] ?? 0) + 1 },
    errors: run.status === 'failed' ? [...errors, error].slice(-mostErrors) : errors,
  }
}

function errorOf({ code, message }: FstoreError, group?: string, tenant?: string): RunError {
  return { code, message, ...(group !== undefined && { group }), ...(tenant !== undefined && { tenant }) }
}
