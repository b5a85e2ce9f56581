/** A transaction under the lock of those who write to a group by hand, tried again until what it needs is there. */
import type { PartitionBy } from '../config/project.js'
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { Schemas } from '../offline/feature-table.js'
import { ensurePartitions, type Partition, partitionsBetween } from '../offline/partitions.js'
import { lockPushes, type Stamped } from '../offline/push-lock.js'
import type { PushTarget } from '../offline/push-sql.js'
import { addTenant } from '../registry/repository.js'

export interface LockedWrite {
  readonly db: Database
  readonly schemas: Schemas
  readonly target: PushTarget
  readonly partition: PartitionBy
  /** Suffixes of partitions that are there. Added to. */
  readonly partitions: Set<string>
}

/** What became of a try; `moved`: another version is the live one by now. */
export type Attempt<T> = { readonly done: T } | { readonly lacks: readonly Partition[] } | 'moved'

/** What is written may lie ahead of the database's clock by so much: an application's own clock may. Microseconds. */
export const tolerated = 60_000_000n

export const ahead = 'lies more than a minute ahead of the clock of the database'

/** More than what one write may find missing: its tenant, its partitions, and those that a cleanup has taken meanwhile. */
const mostTries = 10

/** @returns undefined where another version has become the live one: nothing is written then */
export async function writeLocked<T>(
  run: LockedWrite,
  attempt: (tx: Transaction, held: Stamped) => Promise<Attempt<T>>,
): Promise<T | undefined> {
  const { db, target } = run
  for (let tries = 0; tries < mostTries; tries++) {
    try {
      const done = await db.transaction({ role: 'app', tenant: target.tenant }, async (tx) => {
        const held = await lockPushes(tx, target)
        return held === undefined ? 'unknown' : attempt(tx, held)
      })
      if (done === 'moved') return undefined
      if (done === 'unknown') await openTenant(run)
      else if ('done' in done) return done.done
      else await makePartitions(run, done.lacks)
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error
      // The version's tables were cleaned up: it is not live any more.
      if (error.code === '42P01') return undefined
      // A partition was dropped past its retention, and is needed again.
      if (error.code === '23514' && run.partitions.size > 0) run.partitions.clear()
      else if (error.code !== '40P01') throw error
    }
  }
  throw new FstoreError('INTERNAL', `Writing to ${target.version.group} found no end of things to prepare.`)
}

/** @param instants of the rows that are to be written, in microseconds */
export function missingPartitions({ partition, partitions }: LockedWrite, instants: Iterable<bigint>): Partition[] {
  const needed = new Map<string, Partition>()
  for (const instant of new Set(instants))
    for (const one of partitionsBetween(instant, instant, partition))
      if (!partitions.has(one.suffix)) needed.set(one.suffix, one)
  return [...needed.values()]
}

async function makePartitions({ db, schemas, target, partitions }: LockedWrite, missing: readonly Partition[]) {
  await ensurePartitions({ db, table: target.table, schemas, partitions: missing })
  for (const { suffix } of missing) partitions.add(suffix)
}

/** A tenant that writes must be known to promotions, which carry its rows over. */
async function openTenant({ db, target: { schema, version, tenant } }: LockedWrite): Promise<void> {
  await db.transaction({ role: 'owner' }, (tx) => addTenant(tx, schema, tenant))
  await db.query(
    { role: 'app', tenant },
    `INSERT INTO ${identifier(schema)}.coverage (tenant_id, group_name, fingerprint) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING`,
    [tenant, version.group, version.fingerprint],
  )
}
