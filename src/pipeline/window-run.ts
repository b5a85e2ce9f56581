/** One window, or a stretch of them, as one transaction: what it locks, in which order, and what it leaves. */
import { fromMicroseconds } from '../config/instant.js'
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { CompiledGroup } from '../offline/compile.js'
import { explainDuplicate, mayBeDuplicate } from '../offline/duplicate.js'
import type { Schemas } from '../offline/feature-table.js'
import type { Shape } from '../offline/rows.js'
import { tableKey } from '../offline/table-lock.js'
import type { Written } from '../offline/window-write.js'
import { stageWindow, writeWindow } from '../offline/write.js'
import { isRolling } from '../transform/rolling-part.js'
import type { Job } from './jobs.js'
import type { Stretch } from './stretch.js'
import { floorTo, type Span } from './window.js'

export interface WindowRun {
  readonly db: Database
  readonly schemas: Schemas
  readonly compiled: CompiledGroup
  readonly tenant: string
  readonly job: Job
  readonly window: Stretch
  readonly shape: Shape
  /** Leaves it alone where it has been covered meanwhile. */
  readonly skipCovered: boolean
  /**
   * Others of the same table run at the same time: its rows are computed before the table's coverage is locked, which
   * lets one after another write.
   */
  readonly besideOthers: boolean
}

/** What the SQL of a window is given. */
export function bindingsOf(tenant: string, { start, end }: Span) {
  return { start_time: fromMicroseconds(start), end_time: fromMicroseconds(end), tenant_id: tenant }
}

/** The first and the last instant that rows of a window may have. */
export function stampsOf({ group }: CompiledGroup, { start, end }: Span, { ownTimestamp }: Shape) {
  if (isRolling(group)) return [floorTo(start, group.every) + BigInt(group.every) * 1_000_000n, end] as const
  return ownTimestamp ? ([start, end - 1n] as const) : ([end, end] as const)
}

/** @returns `locked` where another has the table, or what was read has changed meanwhile: to be tried again */
export async function runWindow(run: WindowRun): Promise<Written | 'locked' | 'covered'> {
  const { db, compiled, tenant, window, shape } = run
  const bindings = bindingsOf(tenant, window)
  const session = { role: 'app', tenant, manyRows: true } as const
  const work = db.transaction(session, (tx) => (run.besideOthers ? beside : alone)(tx, run))
  return work.catch(async (error: unknown): Promise<'locked'> => {
    // Windows of several groups may each mark what the other holds as stale; the one that had to yield runs again.
    if (error instanceof DatabaseError && error.code === '40P01') return 'locked'
    if (error instanceof Outdated) return 'locked'
    if (!mayBeDuplicate(error)) throw error
    throw await db.transaction({ ...session, readOnly: true }, (tx) =>
      explainDuplicate(tx, { compiled, shape, bindings }),
    )
  })
}

/** With the table to itself: nothing that it reads under the lock can change before its end. */
async function alone(tx: Transaction, run: WindowRun): Promise<Written | 'locked' | 'covered'> {
  return write(tx, run, await lookAtCoverage(tx, run, 'alone'), false)
}

/** What is costly comes first, and with others; what must be one after another begins at the lock of the coverage. */
async function beside(tx: Transaction, run: WindowRun): Promise<Written | 'locked' | 'covered'> {
  const { compiled, tenant, window, shape } = run
  const before = await lookAtCoverage(tx, run, 'shared')
  if (before === undefined) return 'locked'
  if (isDone(run, before)) return 'covered'
  const read = await stampsRead(tx, run)
  await stageWindow(tx, { compiled, shape, bindings: bindingsOf(tenant, window) })
  const held = await lookAtCoverage(tx, run, 'writing')
  // Who changes what we read marks our row stale, which waits for our lock now; or did so before, and we must read again.
  if ((await stampsRead(tx, run)) !== read) throw new Outdated()
  return write(tx, run, held, true)
}

/** Rolls the transaction back. */
class Outdated extends Error {}

async function write(tx: Transaction, run: WindowRun, held: Held | undefined, staged: boolean) {
  if (held === undefined) return 'locked'
  if (isDone(run, held)) return 'covered'
  const { compiled, schemas, tenant, window, shape, job } = run
  const { stamp, touched } = held
  const bindings = bindingsOf(tenant, window)
  const written = await writeWindow(tx, {
    ...{ compiled, schemas, shape, bindings, stamp, staged },
    jobId: job.id,
    again: touched,
  })
  await closeWindow(tx, run, stamp, written)
  return written
}

function isDone({ skipCovered }: WindowRun, { covered, stale }: Held): boolean {
  return skipCovered && covered && !stale
}

interface Held {
  readonly covered: boolean
  readonly stale: boolean
  /** Some part of the window has run before, so there may be rows to compare with. */
  readonly touched: boolean
  readonly stamp: string
}

/**
 * How the table is locked: first `alone` or `shared` with others that compute, if nobody is in the way; then, to write
 * (of those that have it alone at once), with its coverage row, so that a write to a group that this one reads cannot
 * mark it stale between our reading and our commit. The stamp rises even where the clock falls.
 */
const locks = {
  alone: `AND pg_try_advisory_xact_lock(${tableKey('$6', '$1')}) FOR UPDATE`,
  shared: `AND pg_try_advisory_xact_lock_shared(${tableKey('$6', '$1')})`,
  writing: 'AND $6::text IS NOT NULL FOR UPDATE',
} as const

async function lookAtCoverage(tx: Transaction, run: WindowRun, lock: keyof typeof locks): Promise<Held | undefined> {
  const { group, definition } = run.compiled
  const { start_time: start, end_time: end } = bindingsOf(run.tenant, run.window)
  const range = 'tstzrange($4::timestamptz, $5::timestamptz)'
  const { rows } = await tx.query<Held>(
    `SELECT covered @> ${range} AS covered, covered && ${range} AS touched, stale && ${range} AS stale,
       greatest(clock_timestamp(), last_stamp + interval '1 microsecond') AS stamp
     FROM ${identifier(run.schemas.registry)}.coverage
     WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3 ${locks[lock]}`,
    [run.tenant, group.name, definition.fingerprint, start, end, run.compiled.table.history],
  )
  return rows[0]
}

/** When the computed groups that this one reads were last written. */
async function stampsRead(tx: Transaction, { compiled, schemas, tenant }: WindowRun): Promise<string> {
  const read = compiled.reads.filter(({ group }) => group.sourceType === 'batch')
  if (read.length === 0) return ''
  const { rows } = await tx.query<{ stamps: string }>(
    `SELECT coalesce(string_agg(group_name || ' ' || last_stamp, ', ' ORDER BY group_name), '') AS stamps
     FROM ${identifier(schemas.registry)}.coverage WHERE tenant_id = $1
       AND (group_name, fingerprint) IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
    [tenant, read.map(({ group }) => group.name), read.map(({ definition }) => definition.fingerprint)],
  )
  return rows[0]?.stamps ?? ''
}

/** The last statement of a window: what is covered now, which dependents are not any more, and the job's counts. */
async function closeWindow(tx: Transaction, run: WindowRun, stamp: string, written: Written): Promise<void> {
  const { group, definition } = run.compiled
  const s = identifier(run.schemas.registry)
  const range = 'tstzmultirange(tstzrange($4::timestamptz, $5::timestamptz))'
  const { start_time: start, end_time: end } = bindingsOf(run.tenant, run.window)
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
      run.job.id,
      written.processed,
      written.written,
      written.superseded,
      written.rejected,
      fromMicroseconds(stampsOf(run.compiled, run.window, run.shape)[0]),
      written.written + written.superseded > 0,
      run.window.windows,
    ],
  )
}
