/** What orders pushes among each other and against promotions: whoever holds the lock knows which version is live. */
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { PushTarget } from './push-sql.js'

export interface Stamped {
  /** The write stamp. It rises even where the clock falls. */
  readonly stamp: string
  readonly clock: string
}

/**
 * Waits for other pushes of the tenant to the version, and for a promotion of the group.
 *
 * @returns undefined where the tenant has nothing to lock there yet
 */
export async function lockPushes(tx: Transaction, target: PushTarget): Promise<Stamped | undefined> {
  const { schema, version, tenant } = target
  const { rows } = await tx.query<Stamped>(
    `UPDATE ${identifier(schema)}.coverage
     SET last_stamp = greatest(clock_timestamp(), last_stamp + interval '1 microsecond')
     WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3
       AND (SELECT pg_advisory_xact_lock_shared(hashtextextended($4, 0))) IS NOT NULL
     RETURNING last_stamp AS stamp, clock_timestamp() AS clock`,
    [tenant, version.group, version.fingerprint, lockName(schema, version.group)],
  )
  return rows[0]
}

/** Keeps every push to the group out until the transaction ends. */
export async function lockOutPushes(tx: Transaction, schema: string, group: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lockName(schema, group)])
}

function lockName(schema: string, group: string): string {
  return `${schema}.push.${group}`
}
