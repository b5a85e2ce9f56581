/** Pushed rows, in one transaction: base rows under the lock, folded here, written by one statement. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import type { PartitionBy } from '../config/project.js'
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { Schemas } from '../offline/feature-table.js'
import { ensurePartitions, type Partition, partitionsBetween } from '../offline/partitions.js'
import { fold, type RowOutcome } from '../offline/push-fold.js'
import { foldedOf, loadRows, type TimedRow } from '../offline/push-load.js'
import { lockPushes, type Stamped } from '../offline/push-lock.js'
import { byName, type PushTarget } from '../offline/push-sql.js'
import { type LatestRow, type RejectedRow, writeRows } from '../offline/push-write.js'
import type { PushedRow } from '../offline/pushed-row.js'
import { packSql } from '../online/packed.js'
import { addTenant } from '../registry/repository.js'

export interface Push {
  readonly db: Database
  readonly schemas: Schemas
  readonly target: PushTarget
  readonly partition: PartitionBy
  /** Suffixes of partitions that are there. Added to. */
  readonly partitions: Set<string>
  /** Rows of which all are written, or none. */
  readonly units: readonly (readonly PushedRow[])[]
}

/** `late`: so far ahead that it would be in the way of every later row; `withheld`: with one that is late. */
export type PushedOutcome = RowOutcome | { readonly status: 'late' | 'withheld' }

export interface Pushed {
  /** Of each row of each unit. */
  readonly outcomes: readonly PushedOutcome[]
  readonly latest: readonly LatestRow[]
}

/** A row may lie ahead of the database's clock by so much: an application's own may. */
const tolerated = 60_000_000n

/** More than what one push may find missing: its tenant, its partitions, and those that a cleanup has taken meanwhile. */
const mostTries = 10

/** @returns undefined where another version has become the live one: nothing is written then */
export async function push(run: Push): Promise<Pushed | undefined> {
  const { db, target } = run
  if (run.units.every((rows) => rows.length === 0)) return { outcomes: [], latest: [] }
  for (let tries = 0; tries < mostTries; tries++) {
    try {
      const done = await db.transaction({ role: 'app', tenant: target.tenant }, (tx) => attempt(tx, run))
      if (done === 'moved') return undefined
      if (done === 'unknown') await openTenant(run)
      else if ('outcomes' in done) return done
      else await makePartitions(run, done)
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error
      // The version's tables were cleaned up: it is not live any more.
      if (error.code === '42P01') return undefined
      // A partition was dropped past its retention, and is needed again.
      if (error.code === '23514' && run.partitions.size > 0) run.partitions.clear()
      else if (error.code !== '40P01') throw error
    }
  }
  throw new FstoreError('INTERNAL', `The push to ${target.version.group} found no end of things to prepare.`)
}

async function attempt(tx: Transaction, run: Push): Promise<Pushed | 'unknown' | 'moved' | readonly Partition[]> {
  const { target } = run
  const held = await lockPushes(tx, target)
  if (held === undefined) return 'unknown'
  const { rows, timely, stray } = inTime(run, held)
  const missing = missingPartitions(run, timely)
  if (missing.length > 0) return missing
  if (timely.length === 0) return { outcomes: rows.map(stray), latest: [] }
  const loaded = await loadRows(tx, target, timely)
  if (loaded === undefined) return 'moved'
  const { outcomes, writes } = fold(loaded, foldedOf(target))
  const rejected = outcomes.flatMap((outcome, i) =>
    outcome.status === 'rejected' ? [rejectedRow(target, timely[i] as TimedRow, outcome.reasons)] : [],
  )
  const latest = await writeRows(tx, { target, stamp: held.stamp, writes, rejected, pack: packSql })
  let next = 0
  return { outcomes: rows.map((row) => (row === timely[next] ? (outcomes[next++] as RowOutcome) : stray(row))), latest }
}

/** Every row with its instant, and those of units that have none that is late. */
function inTime({ units }: Push, { stamp, clock }: Stamped) {
  const now = toMicroseconds(stamp)
  const last = toMicroseconds(clock) + tolerated
  const isLate = ({ at, instant }: TimedRow) => at !== undefined && instant > last
  const timed = units.map((unit) =>
    unit.map((row): TimedRow => ({ ...row, instant: row.at === undefined ? now : toMicroseconds(row.at) })),
  )
  const stray = (row: TimedRow): PushedOutcome => ({ status: isLate(row) ? 'late' : 'withheld' })
  return { rows: timed.flat(), timely: timed.filter((unit) => !unit.some(isLate)).flat(), stray }
}

function rejectedRow(target: PushTarget, { key, instant, given }: TimedRow, reasons: readonly string[]): RejectedRow {
  const keys = Object.fromEntries(target.version.keys.map(({ name }, k) => [name, key[k]]))
  const content = { ...keys, event_timestamp: fromMicroseconds(instant), ...byName(target, given) }
  return { at: instant, reasons, content }
}

function missingPartitions({ partition, partitions }: Push, rows: readonly TimedRow[]): Partition[] {
  const needed = new Map<string, Partition>()
  for (const instant of new Set(rows.map((row) => row.instant)))
    for (const one of partitionsBetween(instant, instant, partition))
      if (!partitions.has(one.suffix)) needed.set(one.suffix, one)
  return [...needed.values()]
}

async function makePartitions({ db, schemas, target, partitions }: Push, missing: readonly Partition[]): Promise<void> {
  await ensurePartitions({ db, table: target.table, schemas, partitions: missing })
  for (const { suffix } of missing) partitions.add(suffix)
}

/** A tenant that pushes must be known to promotions, which carry its rows over. */
async function openTenant({ db, target: { schema, version, tenant } }: Push): Promise<void> {
  await db.transaction({ role: 'owner' }, (tx) => addTenant(tx, schema, tenant))
  await db.query(
    { role: 'app', tenant },
    `INSERT INTO ${identifier(schema)}.coverage (tenant_id, group_name, fingerprint) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING`,
    [tenant, version.group, version.fingerprint],
  )
}
