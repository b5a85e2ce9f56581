/** Whose data a store holds. Runs as the owner: to a tenant the others do not exist. */
import { didYouMean } from '../config/did-you-mean.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'

/** A tenant that was added, or built for. */
export interface Tenant {
  readonly tenant: string
  readonly displayName: string | null
  /** A suspended tenant's rows stay and can be read; no build over all tenants runs for it, no promotion waits for it. */
  readonly status: 'active' | 'suspended'
  /** ISO 8601, UTC. */
  readonly createdAt: string
}

const columns = 'tenant_id AS tenant, display_name AS "displayName", status, created_at AS "createdAt"'

export async function listTenants(tx: Transaction, schema: string): Promise<Tenant[]> {
  const { rows } = await tx.query<Tenant>(
    `SELECT ${columns} FROM ${identifier(schema)}.tenants ORDER BY tenant_id COLLATE "C"`,
  )
  return rows
}

/** Adds a tenant, or makes a suspended one active again. @throws FstoreError USAGE */
export async function activateTenant(
  tx: Transaction,
  schema: string,
  { tenant, displayName }: { tenant: string; displayName?: string | undefined },
): Promise<Tenant> {
  if (tenant.trim() !== tenant || tenant === '')
    throw new FstoreError('USAGE', 'The name of a tenant is empty, or begins or ends with a space.', {
      fix: 'Write it without.',
    })
  const { rows } = await tx.query<Tenant>(
    `INSERT INTO ${identifier(schema)}.tenants AS t (tenant_id, display_name) VALUES ($1, $2)
     ON CONFLICT (tenant_id) DO UPDATE SET status = 'active', display_name = coalesce($2, t.display_name)
     RETURNING ${columns}`,
    [tenant, displayName ?? null],
  )
  return rows[0] as Tenant
}

/** @throws FstoreError NAME_UNKNOWN */
export async function suspendTenant(tx: Transaction, schema: string, tenant: string): Promise<Tenant> {
  const { rows } = await tx.query<Tenant>(
    `UPDATE ${identifier(schema)}.tenants SET status = 'suspended' WHERE tenant_id = $1 RETURNING ${columns}`,
    [tenant],
  )
  if (rows[0] !== undefined) return rows[0]
  const known = (await listTenants(tx, schema)).map((one) => one.tenant)
  throw new FstoreError('NAME_UNKNOWN', `There is no tenant "${tenant}".`, { fix: knownTenants(tenant, known) })
}

/**
 * That a name was mistyped shows only much later: no new version goes live before it has been built for every tenant.
 *
 * @param known every tenant there is
 */
export function tenantUnknown(tenant: string, known: readonly string[]): FstoreError {
  return new FstoreError('TENANT_UNKNOWN', `There is no tenant "${tenant}".`, {
    why: 'A tenant that was only mistyped would hold up every new version from then on.',
    fix: `${addUnlessMeant(tenant, known).slice(0, -1)}, or --create-tenant.`,
  })
}

/** What may be done of a tenant that nobody knows, wherever it is named. */
export function addUnlessMeant(tenant: string, known: readonly string[]): string {
  return `${knownTenants(tenant, known)} Where it is a new one: \`fstore tenants add ${tenant}\`.`
}

function knownTenants(tenant: string, known: readonly string[]): string {
  return didYouMean(tenant, known) || `Tenants: ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}.`
}
