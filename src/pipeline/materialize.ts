/**
 * Runs windows of one group for one tenant, each in one transaction: rows, latest, job and coverage together. Those of a
 * rolling group run several in one, which gives the same rows.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromMicroseconds } from '../config/instant.js'
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'
import { type Description, describe } from '../offline/describe.js'
import { explainDuplicate, mayBeDuplicate } from '../offline/duplicate.js'
import type { Schemas } from '../offline/feature-table.js'
import { ensurePartitions, type Partition, partitionsBetween } from '../offline/partitions.js'
import type { Shape } from '../offline/rows.js'
import type { Written } from '../offline/window-write.js'
import { writeWindow } from '../offline/write.js'
import { isRolling } from '../transform/rolling-part.js'
import { holderOf, type Job, startJob } from './jobs.js'
import { describeRun } from './run-statistics.js'
import { firstStretch, nextStretch, type Stretch, stretches } from './stretch.js'
import { floorTo, type Span } from './window.js'

export interface Materialization {
  readonly db: Database
  readonly schemas: Schemas
  readonly compiled: CompiledGroup
  readonly tenant: string
  readonly windows: Iterable<Span>
  /** How many windows there are. */
  readonly total: number
  readonly span: Span
  /** `full` runs every window given; `incremental` skips those that have been covered meanwhile. */
  readonly type: 'full' | 'incremental'
  /** Ends the run after the transaction in flight. */
  readonly signal?: AbortSignal | undefined
}

export interface Tally extends Written {
  readonly windows: number
}

export type MaterializeEvent =
  | { readonly type: 'warning'; readonly group: string; readonly message: string }
  | { readonly type: 'waiting'; readonly group: string; readonly tenant: string; readonly holder: string }
  | ({
      readonly type: 'window'
      readonly group: string
      readonly tenant: string
      readonly start: string
      readonly end: string
      /** Of `total`, this one included, or these: of a rolling group several windows run at once. */
      readonly done: number
      readonly total: number
    } & Written)

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
  const { db, compiled, tenant } = run
  const group = compiled.group.name
  const tally = { windows: 0, processed: 0, written: 0, superseded: 0, rejected: 0 }
  const ran: Span[] = []
  const partitions = new Set<string>()
  let shape: Description | undefined
  let done = 0
  const windows = stretches(run.windows)
  let most = isRolling(compiled.group) ? firstStretch : 1
  for (;;) {
    const window = run.signal?.aborted === true ? undefined : windows.next(most)
    if (window === undefined) break
    if (shape === undefined) {
      shape = await describe({ db, compiled, bindings: bindingsOf(run, window) })
      yield* warnings(group, shape)
      await openCoverage(run)
    }
    await makePartitions(run, window, shape, partitions)
    let written = await runWindow(run, job, window, shape)
    for (let told = false; written === 'locked'; written = await runWindow(run, job, window, shape)) {
      if (!told) yield { type: 'waiting', group, tenant, holder: await holder(run, job) }
      told = true
      await sleep(100)
      // The row to lock is gone where the tenant was erased meanwhile.
      await openCoverage(run)
    }
    done += window.windows
    if (written === 'covered') continue
    tally.windows += window.windows
    ran.push(window)
    if (isRolling(compiled.group)) most = nextStretch(window, written.processed)
    for (const key of ['processed', 'written', 'superseded', 'rejected'] as const) tally[key] += written[key]
    const [start, end] = [fromMicroseconds(window.start), fromMicroseconds(window.end)]
    yield { type: 'window', group, tenant, start, end, done, total: run.total, ...written }
  }
  return { tally, ran, ownTimestamp: shape?.ownTimestamp === true && !isRolling(compiled.group) }
}

function* warnings(group: string, { unused }: Description): Generator<MaterializeEvent> {
  if (unused.length === 0) return
  const columns = unused.map((name) => `"${name}"`).join(', ')
  yield { type: 'warning', group, message: `${group} yields ${columns}, which the config does not declare` }
}

async function holder({ db, schemas, tenant, compiled }: Materialization, job: Job): Promise<string> {
  const scope = { db, schema: schemas.registry, tenant }
  return (await holderOf(scope, compiled.group.name, job)) ?? 'another process'
}

function bindingsOf({ tenant }: Materialization, { start, end }: Span) {
  return { start_time: fromMicroseconds(start), end_time: fromMicroseconds(end), tenant_id: tenant }
}

/** The row that windows lock must be there before the first of them. */
async function openCoverage({ db, schemas, compiled, tenant }: Materialization): Promise<void> {
  const { group, definition } = compiled
  await db.query(
    { role: 'app', tenant },
    `INSERT INTO ${identifier(schemas.registry)}.coverage (tenant_id, group_name, fingerprint) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING`,
    [tenant, group.name, definition.fingerprint],
  )
}

async function makePartitions(run: Materialization, window: Span, shape: Description, known: Set<string>) {
  const { db, schemas, compiled } = run
  const [first, last] = stampsOf(run, window, shape)
  const missing: Partition[] = partitionsBetween(first, last, compiled.group.partition).filter(
    ({ suffix }) => !known.has(suffix),
  )
  await ensurePartitions({ db, table: compiled.table, schemas, partitions: missing })
  for (const { suffix } of missing) known.add(suffix)
}

/** The first and the last instant that rows of a window may have. */
function stampsOf({ compiled: { group } }: Materialization, { start, end }: Span, { ownTimestamp }: Shape) {
  if (isRolling(group)) return [floorTo(start, group.every) + BigInt(group.every) * 1_000_000n, end] as const
  return ownTimestamp ? ([start, end - 1n] as const) : ([end, end] as const)
}

async function runWindow(
  run: Materialization,
  job: Job,
  window: Stretch,
  shape: Description,
): Promise<Written | 'locked' | 'covered'> {
  const { db, schemas, compiled, tenant } = run
  const bindings = bindingsOf(run, window)
  const work = db.transaction({ role: 'app', tenant }, async (tx) => {
    const held = await lockCoverage(tx, run, bindings.start_time, bindings.end_time)
    if (held === undefined) return 'locked'
    if (run.type === 'incremental' && held.covered && !held.stale) return 'covered'
    const { stamp, touched } = held
    const write = { compiled, schemas, shape, bindings, stamp, jobId: job.id, again: touched }
    const written = await writeWindow(tx, write)
    await closeWindow(tx, run, job, { stamp, window, shape }, written)
    return written
  })
  return work.catch(async (error: unknown): Promise<'locked'> => {
    // Windows of several groups may each mark what the other holds as stale; the one that had to yield runs again.
    if (error instanceof DatabaseError && error.code === '40P01') return 'locked'
    if (!mayBeDuplicate(error)) throw error
    const session = { role: 'app', tenant, readOnly: true } as const
    throw await db.transaction(session, (tx) => explainDuplicate(tx, { compiled, shape, bindings }))
  })
}

interface Held {
  readonly covered: boolean
  readonly stale: boolean
  /** Some part of the window has run before, so there may be rows to compare with. */
  readonly touched: boolean
  readonly stamp: string
}

/**
 * Takes the table for this tenant, if no other window has it, and its coverage row, so that a write to a group that
 * this one reads cannot mark it stale between our reading and our commit. The stamp rises even where the clock falls.
 */
async function lockCoverage(tx: Transaction, run: Materialization, start: string, end: string) {
  const { group, definition, table } = run.compiled
  const range = 'tstzrange($4::timestamptz, $5::timestamptz)'
  const { rows } = await tx.query<Held>(
    `SELECT covered @> ${range} AS covered, covered && ${range} AS touched, stale && ${range} AS stale,
       greatest(clock_timestamp(), last_stamp + interval '1 microsecond') AS stamp
     FROM ${identifier(run.schemas.registry)}.coverage
     WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3
       AND pg_try_advisory_xact_lock(hashtextextended($6, hashtextextended($1, 0))) FOR UPDATE`,
    [run.tenant, group.name, definition.fingerprint, start, end, table.history],
  )
  return rows[0]
}

/** The last statement of a window: what is covered now, which dependents are not any more, and the job's counts. */
async function closeWindow(
  tx: Transaction,
  run: Materialization,
  job: Job,
  { stamp, window, shape }: { stamp: string; window: Stretch; shape: Shape },
  written: Written,
): Promise<void> {
  const { group, definition } = run.compiled
  const s = identifier(run.schemas.registry)
  const range = 'tstzmultirange(tstzrange($4::timestamptz, $5::timestamptz))'
  const { start_time: start, end_time: end } = bindingsOf(run, window)
  await tx.query(
    `WITH changed AS (
       UPDATE ${s}.coverage SET covered = covered + ${range}, stale = stale - ${range}, last_stamp = $6
       WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3),
     counted AS (
       UPDATE ${s}.jobs SET windows_done = windows_done + $14, rows_processed = rows_processed + $8,
         rows_written = rows_written + $9, rows_superseded = rows_superseded + $10,
         rows_rejected = rows_rejected + $11, heartbeat_at = clock_timestamp()
       WHERE id = $7)
     -- A window of a dependent sees rows up to its end: from the first instant that may have changed, all are stale.
     UPDATE ${s}.coverage AS c
     SET stale = c.stale + tstzmultirange(tstzrange($12::timestamptz - interval '1 microsecond', NULL))
     FROM ${s}.versions AS v
     WHERE $13 AND c.tenant_id = $1 AND c.group_name = v.group_name AND c.fingerprint = v.fingerprint
       AND v.depends_on @> jsonb_build_array(jsonb_build_object('group', $2::text, 'fingerprint', $3::text))`,
    [
      run.tenant,
      group.name,
      definition.fingerprint,
      start,
      end,
      stamp,
      job.id,
      written.processed,
      written.written,
      written.superseded,
      written.rejected,
      fromMicroseconds(stampsOf(run, window, shape)[0]),
      written.written + written.superseded > 0,
      window.windows,
    ],
  )
}
