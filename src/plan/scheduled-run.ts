/** One run of one group for one tick: taken, built for every active tenant, and given back with what became of it. */
import type { FstoreError } from '../errors.js'
import { type BuildResult, type BuildScope, build, type TenantResult } from './execute.js'
import type { FinishedRun, ScheduleEvent } from './schedule-event.js'
import type { Claim, Outcome, ScheduledRuns } from './scheduled-runs.js'
import { forEachTenant } from './tenants.js'
import { asFstoreError } from './unexpected.js'

interface RunContext {
  readonly scope: BuildScope
  readonly runs: ScheduledRuns
  readonly signal: AbortSignal
  tell(event: ScheduleEvent): void
}

interface Due {
  readonly group: string
  readonly tick: string
  /** What is built: the group, and what runs along with it. */
  readonly select: readonly string[]
}

/**
 * @returns undefined where another scheduler was quicker
 * @throws FstoreError where even that it failed could not be written
 */
export async function runScheduled(context: RunContext, due: Due): Promise<FinishedRun['status'] | undefined> {
  const { runs, tell } = context
  const { group, tick } = due
  const claim = await runs.claim(group, tick)
  if (claim === undefined) return undefined
  const started = Date.now()
  tell({ type: 'started', group, tick, attempt: claim.attempts })
  const result = await buildAll(context, due, claim).catch(asFstoreError)
  const outcome = outcomeOf(result, claim)
  const isOurs = await claim.finish(outcome)
  const status = isOurs ? outcome.status : 'lost'
  tell({ type: 'finished', group, tick, status, ...tally(result), ...why(outcome), durationMs: Date.now() - started })
  return status
}

async function buildAll(
  { scope, signal, tell }: RunContext,
  { group, select }: Due,
  claim: Claim,
): Promise<BuildResult> {
  const stop = AbortSignal.any([signal, claim.lost])
  const work = forEachTenant(scope, (own) => build(own, { select, online: true, signal: stop }))
  for (;;) {
    const next = await work.next()
    if (next.done) return next.value
    tell({ ...next.value, run: group })
  }
}

function outcomeOf(result: BuildResult | FstoreError, { attempts }: Claim): Outcome {
  if ('groups' in result && result.status !== 'failed')
    return { status: result.status === 'done' ? 'completed' : 'cancelled' }
  // A minute, two, four, … an hour at most.
  return { status: 'failed', error: failureOf(result), retryIn: Math.min(3_600_000, 60_000 * 2 ** (attempts - 1)) }
}

function failureOf(result: BuildResult | FstoreError): string {
  if (!('groups' in result)) return textOf(result)
  const failures = (result.tenants ?? []).flatMap(failuresOf)
  if (result.onlineError !== undefined) failures.push(textOf(result.onlineError))
  const more = failures.length > 3 ? `; and ${failures.length - 3} more` : ''
  return failures.slice(0, 3).join('; ') + more
}

function failuresOf({ tenant, groups }: TenantResult): string[] {
  return groups.flatMap(({ group, error }) =>
    error === undefined ? [] : [`tenant ${tenant}: ${group}: ${textOf(error)}`],
  )
}

function textOf({ code, message }: FstoreError): string {
  return `${code}: ${message}`
}

function tally(result: BuildResult | FstoreError): Pick<FinishedRun, 'tenants' | 'windows' | 'written'> {
  if (!('groups' in result)) return { tenants: 0, windows: 0, written: 0 }
  const sum = (key: 'windows' | 'written') => result.groups.reduce((total, group) => total + group[key], 0)
  return { tenants: result.tenants?.length ?? 0, windows: sum('windows'), written: sum('written') }
}

function why(outcome: Outcome): Pick<FinishedRun, 'error'> {
  return 'error' in outcome ? { error: outcome.error } : {}
}
