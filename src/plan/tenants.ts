/** A build for every active tenant, one after another: each in its own transactions, none seeing another's rows. */
import { FstoreError } from '../errors.js'
import { activeTenants } from '../registry/repository.js'
import type { BuildEvent } from './apply.js'
import { combine } from './combined.js'
import type { BuildResult, BuildScope, TenantResult } from './execute.js'

/**
 * One tenant's failure does not keep the others from being built; a database that is gone does.
 *
 * @param build one tenant's own
 */
export async function* forEachTenant(
  scope: BuildScope,
  build: (own: BuildScope) => AsyncGenerator<BuildEvent, BuildResult>,
): AsyncGenerator<BuildEvent, BuildResult> {
  const tenants = await tenantsOf(scope)
  const results: TenantResult[] = []
  const whole: BuildResult[] = []
  for (const [i, tenant] of tenants.entries()) {
    yield { type: 'tenant', tenant, done: i, total: tenants.length }
    const result = yield* build({ ...scope, tenant })
    whole.push(result)
    const { status, upToDate, durationMs, groups } = result
    results.push({ tenant, status, upToDate, durationMs, groups })
    if (status === 'cancelled') break
  }
  return { ...combine(whole), tenants: results }
}

async function tenantsOf({ db, project }: BuildScope): Promise<string[]> {
  // Tenants come with the first migration.
  const { migrate } = await import('../db/migrate.js')
  await migrate({ db, schema: project.schema })
  const tenants = await db.transaction({ role: 'owner' }, (tx) => activeTenants(tx, project.schema))
  if (tenants.length > 0) return tenants
  throw new FstoreError('USAGE', 'Every tenant is suspended.', {
    fix: 'Run `fstore tenants add` with the name of one.',
  })
}
