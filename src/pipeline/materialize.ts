/**
 * Runs windows of one group for one tenant, each in one transaction: rows, latest, job and coverage together. Those of a
 * rolling group run several in one, which gives the same rows.
 */
import { fromMicroseconds } from '../config/instant.js'
import { FstoreError } from '../errors.js'
import { type Description, describe } from '../offline/describe.js'
import { isRolling } from '../transform/rolling-part.js'
import { type Job, startJob } from './jobs.js'
import { type Course, lane } from './lane.js'
import type { Materialization, MaterializeEvent, Tally } from './materialization.js'
import { openCoverage, reopen } from './open-coverage.js'
import { Pacer } from './pace.js'
import { describeRun } from './run-statistics.js'
import { sideBySide } from './side-by-side.js'
import { firstStretch, stretches } from './stretch.js'
import type { Span } from './window.js'
import { bindingsOf } from './window-run.js'

/**
 * @returns what was done in all
 * @throws FstoreError what went wrong in the first window that failed; earlier windows stay
 */
export async function* materialize(run: Materialization): AsyncGenerator<MaterializeEvent, Tally> {
  const { db, schemas, compiled, tenant, span, total } = run
  const scope = { db, schema: schemas.registry, tenant }
  const job = await startJob(scope, {
    group: compiled.group.name,
    fingerprint: compiled.definition.fingerprint,
    type: run.type,
    start: fromMicroseconds(span.start),
    end: fromMicroseconds(span.end),
    windows: total,
  })
  try {
    const { tally, ran, ownTimestamp } = yield* runWindows(run, job)
    const isCancelled = run.signal?.aborted === true
    await job.finish({ status: isCancelled ? 'cancelled' : 'completed' })
    if (!isCancelled && ran.length > 0) {
      const rows = tally.processed - tally.rejected
      const failure = await describeRun({ db, schemas, compiled, tenant, jobId: job.id, ran, ownTimestamp, rows })
      if (failure !== undefined) yield { type: 'warning', group: compiled.group.name, message: failure }
    }
    return tally
  } catch (error) {
    const message = error instanceof FstoreError ? `${error.code}: ${error.message}` : 'unexpected error'
    await job.finish({ status: 'failed', error: message }).catch(() => {})
    throw error
  }
}

interface Ran {
  readonly tally: Tally
  /** The windows, without those that were covered meanwhile. */
  readonly ran: readonly Span[]
  readonly ownTimestamp: boolean
}

async function* runWindows(run: Materialization, job: Job): AsyncGenerator<MaterializeEvent, Ran> {
  const { db, compiled, tenant, parallel = 1 } = run
  const windows = stretches(run.windows)
  const pacer = new Pacer(run.total)
  const tally = { windows: 0, processed: 0, written: 0, superseded: 0, rejected: 0 }
  const first = run.signal?.aborted === true ? undefined : windows.first()
  if (first === undefined) return { tally, ran: [], ownTimestamp: false }
  const shape = await describe({ db, compiled, bindings: bindingsOf(tenant, first) })
  yield* warnings(compiled.group.name, shape)
  await openCoverage(run)
  await reopen(run)
  const most = isRolling(compiled.group) ? firstStretch : 1
  const ran: Span[] = []
  const course: Course = {
    run,
    job,
    shape,
    windows,
    tally,
    ran,
    partitions: new Set(),
    pacer,
    most,
    done: 0,
    ended: false,
  }
  if (parallel === 1) yield* lane(course)
  else {
    const lanes = Array.from({ length: Math.min(parallel, run.total) }, () => lane(course))
    yield* sideBySide(lanes, () => {
      course.ended = true
    })
  }
  return { tally, ran, ownTimestamp: shape.ownTimestamp && !isRolling(compiled.group) }
}

function* warnings(group: string, { unused }: Description): Generator<MaterializeEvent> {
  if (unused.length === 0) return
  const columns = unused.map((name) => `"${name}"`).join(', ')
  yield { type: 'warning', group, message: `${group} yields ${columns}, which the config does not declare` }
}
