/** Online values that expired long ago: a read of them has said EXPIRED for as long as the grace is, then NOT_FOUND. */
import { identifier } from '../db/sql.js'
import { onlineLifetime } from '../online/lifetime.js'
import { before, countOlder, deleteOlder, type OldRows } from './old-rows.js'
import type { CleanupRun, Outcome, Removal } from './removal.js'

export async function removeExpired({ scope: { db }, inventory, dryRun }: CleanupRun): Promise<Outcome> {
  const removed: Removal[] = []
  const coverage = `${identifier(inventory.schemas.registry)}.coverage`
  for (const { spec, group, version, fingerprint, latest } of inventory.versions) {
    if (spec?.ttl === undefined) continue
    const instant = before(inventory.now, onlineLifetime(spec.ttl))
    for (const tenant of inventory.tenants) {
      const old: OldRows = { db, coverage, tenant, group, fingerprint, table: latest, before: instant }
      const rows = await (dryRun ? countOlder(old) : deleteOlder(old))
      if (rows > 0) removed.push({ kind: 'expired', group, version, tenant, rows })
    }
  }
  return { removed, skipped: [] }
}
