/** History past a group's retention: whole partitions, of all tenants; rows where a history has none. */
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { unlessGone } from './gone.js'
import type { StoredVersion } from './inventory.js'
import { before, countOlder, deleteOlder, type OldRows } from './old-rows.js'
import { type CleanupRun, type Outcome, obstacle, patience, type Removal, type Skipped } from './removal.js'

/** Coverage stays as it is, so that no build computes the rows again; so do online values, however old they are. */
export async function removePastRetention(run: CleanupRun): Promise<Outcome> {
  const removed: Removal[] = []
  const skipped: Skipped[] = []
  for (const version of run.inventory.versions) {
    const retention = version.spec?.retention
    if (retention === undefined) continue
    const cutoff = before(run.inventory.now, retention)
    const session = { role: 'owner', readOnly: true } as const
    const partitions = await run.scope.db.transaction(session, (tx) => oldPartitions(tx, version, cutoff))
    if (partitions === undefined) removed.push(...(await removeRows(run, version, cutoff)))
    for (const partition of partitions ?? []) {
      const outcome = await removePartition(run, version, partition)
      removed.push(...outcome.removed)
      skipped.push(...outcome.skipped)
      // Who reads one of them has the history open; each attempt holds up those who come to read it next.
      if (outcome.skipped.length > 0) break
    }
  }
  return { removed, skipped }
}

interface OldPartition {
  readonly name: string
  readonly from: string
  readonly to: string
}

/** Those that end at the instant or before it; undefined for a history that has none. */
async function oldPartitions(tx: Transaction, { history }: StoredVersion, cutoff: string) {
  const bound = (side: string) => `substring(pg_get_expr(c.relpartbound, c.oid) FROM '${side} \\(''([^'']+)''\\)')`
  const { rows } = await tx.query<{ partitioned: boolean; old: OldPartition[] }>(
    `SELECT t.relkind = 'p' AS partitioned, (SELECT coalesce(json_agg(p ORDER BY p."to"), '[]') FROM (
         SELECT c.relname AS name, ${bound('FROM')}::timestamptz AS "from", ${bound('TO')}::timestamptz AS "to"
         FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = t.oid) AS p
       WHERE p."to" <= $2) AS old
     FROM pg_class AS t WHERE t.oid = to_regclass($1)`,
    [history, cutoff],
  )
  return rows[0]?.partitioned === false ? undefined : (rows[0]?.old ?? [])
}

async function removePartition(run: CleanupRun, version: StoredVersion, partition: OldPartition): Promise<Outcome> {
  const { group, version: number } = version
  const rows = await unlessGone(countPartition(run, version, partition), 0)
  const removal = { kind: 'history', group, version: number, partition: partition.name, tenant: null, rows } as const
  if (run.dryRun) return { removed: [removal], skipped: [] }
  try {
    return { removed: (await dropPartition(run, version, partition)) ? [removal] : [], skipped: [] }
  } catch (error) {
    const reason = obstacle(error)
    if (reason === undefined) throw error
    return { removed: [], skipped: [{ kind: 'history', name: partition.name, ...reason }] }
  }
}

async function countPartition(
  { scope, inventory }: CleanupRun,
  { history }: StoredVersion,
  { from, to }: OldPartition,
) {
  let total = 0
  for (const tenant of inventory.tenants) {
    const { rows } = await scope.db.query<{ n: number }>(
      { role: 'app', tenant, readOnly: true },
      `SELECT count(*) AS n FROM ${history} WHERE tenant_id = $1 AND event_timestamp >= $2 AND event_timestamp < $3`,
      [tenant, from, to],
    )
    total += rows[0]?.n ?? 0
  }
  return total
}

/** @returns false where another cleanup was first */
async function dropPartition({ scope, inventory }: CleanupRun, { history }: StoredVersion, { name }: OldPartition) {
  const partition = identifier(inventory.schemas.offline, name)
  return scope.db.transaction({ role: 'owner', lockTimeout: patience }, async (tx) => {
    // The lock under which partitions are made.
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [partition])
    const { rows } = await tx.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [partition])
    if (rows[0]?.there !== true) return false
    await tx.script(`ALTER TABLE ${history} DETACH PARTITION ${partition}; DROP TABLE ${partition}`)
    return true
  })
}

async function removeRows({ scope, inventory, dryRun }: CleanupRun, stored: StoredVersion, cutoff: string) {
  const { group, version, fingerprint, history: table } = stored
  const coverage = `${identifier(inventory.schemas.registry)}.coverage`
  const removed: Removal[] = []
  for (const tenant of inventory.tenants) {
    const old: OldRows = { db: scope.db, coverage, tenant, group, fingerprint, table, before: cutoff }
    const rows = await (dryRun ? countOlder(old) : deleteOlder(old))
    if (rows > 0) removed.push({ kind: 'history', group, version, partition: null, tenant, rows })
  }
  return removed
}
