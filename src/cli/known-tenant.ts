/** Tenants as they are named on the command line, where a slip of the finger must not make one. */
import { orNothing } from '../registry/migrated.js'
import type { AnyStore } from '../store.js'
import { printWarning } from './output.js'

/** Before anything is written for a tenant. @throws FstoreError TENANT_UNKNOWN */
export async function requireTenant(
  store: AnyStore,
  { createTenant, allTenants }: { readonly createTenant?: boolean; readonly allTenants?: boolean },
): Promise<void> {
  if (allTenants) return
  const { known, tenants } = await store.knowsTenant()
  if (known) return
  if (createTenant) return add(store)
  const { tenantUnknown } = await import('../registry/tenants.js')
  throw tenantUnknown(store.tenant, tenants)
}

/** A build adds it with the tables, where those are missing, too. */
async function add(store: AnyStore): Promise<void> {
  await orNothing(store.addTenant({ tenant: store.tenant }), undefined)
}

/** Where it is only looked at: nothing is there, and perhaps that is why. What looks has no --create-tenant. */
export async function noteUnknownTenant(store: AnyStore): Promise<void> {
  const { known, tenants } = await store.knowsTenant()
  if (known) return
  const { addUnlessMeant, tenantUnknown } = await import('../registry/tenants.js')
  printWarning(`${tenantUnknown(store.tenant, tenants).message} ${addUnlessMeant(store.tenant, tenants)}`)
}
