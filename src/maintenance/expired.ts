/** Online values that expired long ago: a read of them has said EXPIRED for as long as the grace is, then NOT_FOUND. */
import type { GroupSpec } from '../config/project.js'
import { identifier } from '../db/sql.js'
import { onlineLifetime } from '../online/lifetime.js'
import { before, countOlder, deleteOlder, type OldRows } from './old-rows.js'
import type { CleanupRun, Outcome, Removal } from './removal.js'

export async function removeExpired({ scope: { db }, inventory, dryRun }: CleanupRun): Promise<Outcome> {
  const removed: Removal[] = []
  const coverage = `${identifier(inventory.schemas.registry)}.coverage`
  for (const { spec, group, version, fingerprint, latest } of inventory.versions) {
    const age = spec === undefined ? undefined : longestKept(spec)
    if (age === undefined) continue
    const instant = before(inventory.now, age)
    for (const tenant of inventory.tenants) {
      const old: OldRows = { db, coverage, tenant, group, fingerprint, table: latest, before: instant }
      const rows = await (dryRun ? countOlder(old) : deleteOlder(old))
      if (rows > 0) removed.push({ kind: 'expired', group, version, tenant, rows })
    }
  }
  return { removed, skipped: [] }
}

/**
 * Seconds after which the latest row goes. One that events are folded into is what the next event goes on from: it is
 * there for as long as its history, and then the entity begins anew.
 */
function longestKept({ ttl, events, retention }: GroupSpec): number | undefined {
  if (ttl === undefined || events === undefined) return ttl === undefined ? undefined : onlineLifetime(ttl)
  return retention === undefined ? undefined : Math.max(retention, onlineLifetime(ttl))
}
