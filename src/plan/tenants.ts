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
    const own = build({ ...scope, tenant })
    const result = yield* i < tenants.length - 1 ? awaitingOthers(own) : own
    whole.push(result)
    const { status, upToDate, durationMs, groups } = result
    results.push({ tenant, status, upToDate, durationMs, groups })
    if (status === 'cancelled') break
  }
  return { ...combine(whole), tenants: results }
}

/** Until the last tenant, that a new version is not live yet is as it should be. */
async function* awaitingOthers<R>(build: AsyncGenerator<BuildEvent, R>): AsyncGenerator<BuildEvent, R> {
  try {
    for (;;) {
      const next = await build.next()
      if (next.done) return next.value
      if (next.value.type !== 'not-promoted') yield next.value
    }
  } finally {
    // A loop over this one that is left early ends the build, too.
    await build.return(undefined as never)
  }
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
