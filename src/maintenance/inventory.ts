/** What a store holds that may have to go: the versions that have tables, and the tenants whose rows are in them. */
import type { GroupSpec, Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import { migrate, migrationStatus } from '../db/migrate.js'
import type { Redis } from '../db/redis.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { type Schemas, schemasOf, tableName } from '../offline/feature-table.js'
import { readClock } from '../registry/clock.js'
import type { Dependency, Snapshot } from '../registry/definition.js'
import { assertProject } from '../registry/repository.js'
import { listTenants } from '../registry/tenants.js'

export interface MaintenanceScope {
  readonly db: Database
  readonly project: Project
  /** The folder that `sqlFile()` paths start from. */
  readonly root: string
  /** Files where inline SQL may have been written. */
  readonly files: readonly string[]
  readonly redis?: Redis | undefined
}

export interface StoredVersion {
  readonly group: string
  /** Of the config; absent where it no longer has the group. */
  readonly spec?: GroupSpec
  /** The registry's last word on the group. */
  readonly status: string
  readonly entity: Snapshot['entity']
  readonly version: number
  readonly fingerprint: string
  /** When it last became the one that readers see; null: never. */
  readonly promotedAt: string | null
  readonly isLive: boolean
  /** The config described it last, as far as the registry knows. */
  readonly isDeclared: boolean
  readonly dependsOn: readonly Dependency[]
  /** Quoted. */
  readonly history: string
  readonly latest: string
}

export interface Inventory {
  readonly schemas: Schemas
  /** With tables, by group, oldest first. */
  readonly versions: readonly StoredVersion[]
  /** Whose tables are gone already. */
  readonly dropped: readonly StoredVersion[]
  readonly tenants: readonly string[]
  /** The database's clock, in microseconds since 1970. */
  readonly now: bigint
}

/** @throws FstoreError NOT_MIGRATED, MIGRATION_NEWER, CONFIG_INVALID where the schema is another project's */
export async function readInventory({ db, project }: MaintenanceScope): Promise<Inventory> {
  const schemas = schemasOf(project.schema)
  await requireMigrated(db, project.schema)
  return db.transaction({ role: 'owner', readOnly: true }, async (tx) => {
    const s = identifier(project.schema)
    const { rows: stores } = await tx.query<{ project: string | null }>(`SELECT project FROM ${s}.store`)
    const owner = stores[0]?.project ?? null
    if (owner !== null) assertProject(project.schema, owner, project.name)
    const { rows } = await tx.query<VersionRow>(
      `SELECT g.name, g.status, g.active_fingerprint, v.version, v.fingerprint, v.snapshot, v.depends_on,
         v.promoted_at, v.dropped_at,
         v.version = (SELECT max(f.version) FROM ${s}.features AS f WHERE f.group_name = g.name) AS declared
       FROM ${s}.groups AS g JOIN ${s}.versions AS v ON v.group_name = g.name ORDER BY g.name, v.version`,
    )
    const tenants = (await listTenants(tx, project.schema)).map(({ tenant }) => tenant)
    const all = rows.map((row) => ({ row, version: versionOf(row, project, schemas) }))
    return {
      schemas,
      versions: all.filter(({ row }) => row.dropped_at === null).map(({ version }) => version),
      dropped: all.filter(({ row }) => row.dropped_at !== null).map(({ version }) => version),
      tenants,
      now: await readClock(tx),
    }
  })
}

async function requireMigrated(db: Database, schema: string): Promise<void> {
  const states = await migrationStatus({ db, schema })
  // An edited or a newer migration is refused by name, here as when migrating.
  if (states.some(({ state }) => state === 'edited' || state === 'newer')) await migrate({ db, schema })
  const pending = states.filter(({ state }) => state === 'pending').map(({ name }) => name)
  if (pending.length === 0) return
  throw new FstoreError('NOT_MIGRATED', `The schema "${schema}" is behind this version of fstore.`, {
    why: `Not applied yet: ${pending.join(', ')}.`,
    fix: 'Run `fstore build`, or `fstore migrate` alone.',
  })
}

interface VersionRow {
  readonly name: string
  readonly status: string
  readonly active_fingerprint: string | null
  readonly version: number
  readonly fingerprint: string
  readonly snapshot: Snapshot
  readonly depends_on: readonly Dependency[]
  readonly promoted_at: string | null
  readonly dropped_at: string | null
  readonly declared: boolean | null
}

function versionOf(row: VersionRow, project: Project, { offline, online }: Schemas): StoredVersion {
  const spec = project.groups.find(({ name }) => name === row.name)
  const table = tableName(row.name, row.fingerprint)
  return {
    group: row.name,
    ...(spec !== undefined && { spec }),
    status: row.status,
    entity: row.snapshot.entity,
    version: row.version,
    fingerprint: row.fingerprint,
    promotedAt: row.promoted_at,
    isLive: row.fingerprint === row.active_fingerprint,
    isDeclared: row.declared === true,
    dependsOn: row.depends_on,
    history: identifier(offline, table),
    latest: identifier(online, table),
  }
}
