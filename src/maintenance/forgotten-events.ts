/** Ids of events that were applied longer ago than their group remembers: one that comes again is applied again. */
import { identifier } from '../db/sql.js'
import { before } from './old-rows.js'
import type { CleanupRun, Outcome, Removal } from './removal.js'

/** Rows deleted in one transaction. */
const batch = 20_000

export async function removeForgotten({ scope: { db }, inventory, dryRun }: CleanupRun): Promise<Outcome> {
  const removed: Removal[] = []
  const table = `${identifier(inventory.schemas.registry)}.applied_events`
  const own = 'tenant_id = $1 AND group_name = $2 AND fingerprint = $3 AND applied_at < $4'
  for (const { spec, group, version, fingerprint } of inventory.versions) {
    if (spec?.remember === undefined) continue
    const instant = before(inventory.now, spec.remember)
    for (const tenant of inventory.tenants) {
      const values = [tenant, group, fingerprint, instant]
      const session = { role: 'app', tenant, readOnly: dryRun } as const
      const count = async () =>
        (await db.query<{ n: number }>(session, `SELECT count(*) AS n FROM ${table} WHERE ${own}`, values)).rows[0]
          ?.n ?? 0
      const remove = async () => {
        const some = `SELECT ctid FROM ${table} WHERE ${own} LIMIT ${batch}`
        return (await db.query(session, `DELETE FROM ${table} WHERE ${own} AND ctid = ANY (ARRAY(${some}))`, values))
          .count
      }
      let rows = await (dryRun ? count() : remove())
      for (let last = rows; !dryRun && last === batch; rows += last) last = await remove()
      if (rows > 0) removed.push({ kind: 'events', group, version, tenant, rows })
    }
  }
  return { removed, skipped: [] }
}
