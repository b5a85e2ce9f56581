/** Partitions of a history table, made before a window is written. */
import type { PartitionBy } from '../config/project.js'
import type { Database, Transaction } from '../db/database.js'
import { identifier, literal } from '../db/sql.js'
import type { FeatureTable, Schemas } from './feature-table.js'

export interface Partition {
  /** `2026_11`, or `2026` by year. */
  readonly suffix: string
  readonly from: string
  readonly to: string
}

/** The partitions that hold the event timestamps from `first` to `last`, both inclusive, in microseconds. */
export function partitionsBetween(first: bigint, last: bigint, by: PartitionBy): Partition[] {
  if (by === 'none') return []
  const partitions: Partition[] = []
  const end = new Date(Number(last / 1000n))
  for (let start = floor(new Date(Number(first / 1000n)), by); start <= end; ) {
    const next = following(start, by)
    const suffix = start
      .toISOString()
      .slice(0, by === 'month' ? 7 : 4)
      .replace('-', '_')
    partitions.push({ suffix, from: start.toISOString(), to: next.toISOString() })
    start = next
  }
  return partitions
}

function floor(at: Date, by: PartitionBy): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), by === 'month' ? at.getUTCMonth() : 0))
}

function following(start: Date, by: PartitionBy): Date {
  const [year, month] = [start.getUTCFullYear(), start.getUTCMonth()]
  return new Date(by === 'month' ? Date.UTC(year, month + 1) : Date.UTC(year + 1, 0))
}

/**
 * Makes those of the partitions that are missing, each in a transaction of its own: CREATE … LIKE, then ATTACH,
 * because creating a partition in place waits for every open reader and then blocks the next ones.
 */
export async function ensurePartitions(options: {
  db: Database
  table: FeatureTable
  schemas: Schemas
  partitions: readonly Partition[]
}): Promise<void> {
  const { db, table, schemas, partitions } = options
  if (partitions.length === 0) return
  const existing = await db.query<{ name: string }>(
    { role: 'owner' },
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = to_regclass($1)`,
    [table.history],
  )
  const names = new Set(existing.rows.map(({ name }) => name))
  for (const partition of partitions) {
    const name = `${table.name}_${partition.suffix}`
    if (!names.has(name))
      await db.transaction({ role: 'owner' }, (tx) => attachPartition(tx, { table, schemas, partition }))
  }
}

/** Makes one of a table that nobody reads yet, or in a transaction that does nothing else; unless it is there. */
export async function attachPartition(
  tx: Transaction,
  { table, schemas, partition }: { table: FeatureTable; schemas: Schemas; partition: Partition },
): Promise<void> {
  const { suffix, from, to } = partition
  const name = identifier(schemas.offline, `${table.name}_${suffix}`)
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name])
  const { rows } = await tx.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [name])
  if (rows[0]?.there === true) return
  await tx.script(`
    CREATE TABLE ${name} (LIKE ${table.history} INCLUDING ALL);
    ALTER TABLE ${table.history} ATTACH PARTITION ${name} FOR VALUES FROM (${literal(from)}) TO (${literal(to)})`)
}
