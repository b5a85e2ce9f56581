/** Spines that were left behind: an export that crashed could not drop its own. */
import { DatabaseError } from '../db/database.js'
import { mayRun, type ProcessIdentity } from '../db/process-identity.js'
import { identifier } from '../db/sql.js'
import { spineBirth } from '../offline/spine-table.js'

import type { Inventory, MaintenanceScope } from './inventory.js'
import type { CleanupRun, Outcome, Removal } from './removal.js'

/** Milliseconds. Of a process on another host nobody can tell whether it still runs. */
const longest = 3_600_000

export async function removeStaging({
  scope,
  inventory,
  dryRun,
}: Pick<CleanupRun, 'scope' | 'inventory' | 'dryRun'>): Promise<Outcome> {
  const removed: Removal[] = []
  for (const table of await abandonedSpines(scope, inventory))
    if (dryRun || (await dropSpine(scope, inventory, table))) removed.push({ kind: 'staging', table })
  return { removed, skipped: [] }
}

/**
 * Those that no transaction holds, and whose maker is gone or made them long ago. A live export is between two
 * transactions for moments only; in each of them it holds a lock on its spine.
 */
async function abandonedSpines({ db }: MaintenanceScope, { schemas, now }: Inventory): Promise<string[]> {
  const { rows } = await db.query<{ name: string; maker: string | null }>(
    { role: 'owner', readOnly: true },
    `SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS maker FROM pg_class AS c
     WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND NOT EXISTS (
       SELECT FROM pg_locks AS l WHERE l.relation = c.oid
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) ORDER BY 1`,
    [identifier(schemas.offline)],
  )
  return rows
    .filter(({ name, maker }) => {
      const birth = spineBirth(name)
      return birth !== undefined && (Number(now / 1000n) - birth > longest || isGone(maker))
    })
    .map(({ name }) => name)
}

function isGone(maker: string | null): boolean {
  if (maker === null) return false
  try {
    return !mayRun(JSON.parse(maker) as ProcessIdentity)
  } catch {
    return false
  }
}

/** @returns false where it turns out to be in use, or another cleanup was first */
async function dropSpine({ db }: MaintenanceScope, { schemas }: Inventory, table: string): Promise<boolean> {
  const name = identifier(schemas.offline, table)
  try {
    await db.transaction({ role: 'owner' }, (tx) =>
      tx.script(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE NOWAIT; DROP TABLE ${name}`),
    )
    return true
  } catch (error) {
    if (error instanceof DatabaseError && ['55P03', '42P01'].includes(error.code)) return false
    throw error
  }
}
