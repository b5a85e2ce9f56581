/** What the database has now, as far as a plan needs to know it. */
import type { Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import { migrate, readMigrationStatus } from '../db/migrate.js'
import { readClock } from '../registry/clock.js'
import { type Coverage, readCoverage } from '../registry/coverage.js'
import { type Registry, readRegistry } from '../registry/repository.js'

export interface State {
  readonly pendingMigrations: readonly string[]
  readonly registry: Registry
  /** Of the tenant planned for, by `group@fingerprint`. */
  readonly coverage: ReadonlyMap<string, Coverage>
  /** The database's clock, in microseconds since 1970. */
  readonly now: bigint
}

/** @throws FstoreError MIGRATION_EDITED, MIGRATION_NEWER, DATABASE_UNREACHABLE */
export async function readState(options: { db: Database; project: Project; tenant: string }): Promise<State> {
  const { db, project, tenant } = options
  const { schema } = project
  const state = await db.transaction({ role: 'owner', tenant, readOnly: true }, async (tx) => {
    const migrations = await readMigrationStatus(tx, { schema })
    if (migrations.some(({ state }) => state === 'edited' || state === 'newer')) return undefined
    const pendingMigrations = migrations.filter(({ appliedAt }) => appliedAt === null).map(({ name }) => name)
    const migrated = pendingMigrations.length < migrations.length
    return {
      pendingMigrations,
      registry: migrated ? await readRegistry(tx, schema) : new Map(),
      coverage: migrated ? await readCoverage(tx, schema, tenant) : new Map(),
      now: await readClock(tx),
    }
  })
  if (state !== undefined) return state
  // An edited or a newer migration is refused by name, here as when migrating.
  await migrate({ db, schema })
  return readState(options)
}
