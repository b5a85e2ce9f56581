/** Histories written row by row, with stamps that no window would give them. */

import { parseInstant, toMicroseconds } from '../../src/config/instant.js'
import type { Database } from '../../src/db/database.js'
import { identifier } from '../../src/db/sql.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import { ensurePartitions, partitionsBetween } from '../../src/offline/partitions.js'
import type { Trial } from '../plan/trial.js'

/** By column; `superseded_at` is null where absent. */
export type HistoryRow = Readonly<Record<string, unknown>> & {
  readonly event_timestamp: string
  readonly created_at: string
}

export interface Written {
  readonly group: string
  readonly rows: readonly HistoryRow[]
}

/** Replaces what the tenant's history of the group holds. */
export async function writeHistory(trial: Trial, { group, rows }: Written): Promise<void> {
  const { table, group: spec } = await trial.compiled(group)
  const stamps = rows.map((row) => toMicroseconds(parseInstant(row.event_timestamp)))
  for (const stamp of stamps) {
    const partitions = partitionsBetween(stamp, stamp, spec.partition)
    await ensurePartitions({ db: trial.db, table, schemas: schemasOf(trial.schema), partitions })
  }
  await insert(trial.db, trial.tenant, table.history, rows)
}

async function insert(db: Database, tenant: string, table: string, rows: readonly HistoryRow[]): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].map((name) => identifier(name))
  await db.transaction({ role: 'app', tenant }, async (tx) => {
    await tx.query(`DELETE FROM ${table}`)
    if (rows.length === 0) return
    await tx.query(
      `INSERT INTO ${table} (tenant_id, ${columns.join(', ')})
       SELECT $1, ${columns.join(', ')} FROM json_populate_recordset(NULL::${table}, $2)`,
      [tenant, JSON.stringify(rows)],
    )
  })
}
