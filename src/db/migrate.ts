/** Brings a project's schemas up to this version of fstore: forward only, each migration in its own transaction. */

import { FstoreError } from '../errors.js'
import { bootstrapSql, migrationLock } from './bootstrap.js'
import { type Database, DatabaseError, type Transaction } from './database.js'
import { ledgerInsert, pendingMigrations, readLedger } from './ledger.js'
import { type Migration, migrationText, readMigrations } from './migration.js'

export interface MigrateOptions {
  readonly db: Database
  /** The first of the project's three schemas. */
  readonly schema: string
  /** Where the migrations are; the package's own unless told. */
  readonly directory?: string | undefined
}

/**
 * Applies what is missing. Several processes may do so at once: each migration is applied once, and none half.
 *
 * @throws FstoreError MIGRATION_EDITED, MIGRATION_NEWER, MIGRATION_FAILED, PERMISSION_DENIED.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: { version: number; name: string }[] }> {
  const { db, schema, directory } = options
  const migrations = await readMigrations(directory)
  const pending = await db.transaction({ role: 'owner', readOnly: true }, async (tx) =>
    pendingMigrations(migrations, await readLedger(tx, schema)),
  )
  const applied: { version: number; name: string }[] = []
  if (pending.length === 0) return { applied }
  await bootstrap(db, schema)
  for (const migration of pending) {
    if (await apply({ db, schema, migrations, migration })) {
      applied.push({ version: migration.version, name: migration.name })
    }
  }
  return { applied }
}

/** One migration, and whether it was applied. */
export interface MigrationState {
  readonly version: number
  readonly name: string
  /** ISO 8601 UTC, or null where it is still to be applied. */
  readonly appliedAt: string | null
  /** `edited`: applied, and its file differs since; `newer`: applied by an fstore that knows more. */
  readonly state: 'applied' | 'pending' | 'edited' | 'newer'
}

/** Every migration known to this fstore or to the database, by version. Changes nothing. */
export async function migrationStatus({ db, ...options }: MigrateOptions): Promise<MigrationState[]> {
  return db.transaction({ role: 'owner', readOnly: true }, (tx) => readMigrationStatus(tx, options))
}

/** The same in a transaction of the caller's, as the owner. */
export async function readMigrationStatus(
  tx: Transaction,
  { schema, directory }: Omit<MigrateOptions, 'db'>,
): Promise<MigrationState[]> {
  const migrations = await readMigrations(directory)
  const entries = await readLedger(tx, schema)
  const ledger = new Map(entries.map((entry) => [entry.version, entry]))
  const known = migrations.map(({ version, name, checksum }): MigrationState => {
    const entry = ledger.get(version)
    ledger.delete(version)
    if (entry === undefined) return { version, name, appliedAt: null, state: 'pending' }
    const state = entry.checksum === checksum ? 'applied' : 'edited'
    return { version, name, appliedAt: entry.appliedAt, state }
  })
  const unknown = [...ledger.values()].map(
    ({ version, name, appliedAt }): MigrationState => ({ version, name, appliedAt, state: 'newer' }),
  )
  return [...known, ...unknown].sort((a, b) => a.version - b.version)
}

/**
 * The script that does what `migrate` does, for someone with more rights to run. fstore then finds it migrated.
 *
 * @param options.from the last version the database already has; 0 unless told
 * @param options.owner the user fstore connects as, who shall own what is made; unless told, whoever runs the script
 */
export async function migrationSql(options: {
  schema: string
  from?: number | undefined
  owner?: string | undefined
  directory?: string | undefined
}): Promise<string> {
  const { schema, from = 0, owner, directory } = options
  const migrations = (await readMigrations(directory)).filter(({ version }) => version > from)
  const parts = migrations.flatMap((migration) => [
    `-- ${migration.file}`,
    migrationText(migration, schema).trimEnd(),
    ledgerInsert(schema, migration),
  ])
  // The settings migrations run under elsewhere, so that the script makes the very same objects.
  const settings = "SET LOCAL search_path = public, extensions, pg_temp;\nSET LOCAL TimeZone = 'UTC';"
  const setUp = `${migrationLock(schema)};\n${bootstrapSql({ schema, owner })}`
  return `${['BEGIN;', settings, setUp, ...parts, 'COMMIT;'].join('\n\n')}\n`
}

/** The role belongs to the whole server: two databases that make it at once may collide, and one tries again. */
async function bootstrap(db: Database, schema: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await db.transaction({ role: 'owner' }, async (tx) => {
        await tx.query(migrationLock(schema))
        await tx.script(bootstrapSql({ schema }))
      })
      return
    } catch (error) {
      if (attempt < 10 && collided(error)) continue
      throw failure(error, 'the role and schemas')
    }
  }
}

/** `tuple concurrently updated`, or the same role or schema made twice at once. */
function collided(error: unknown): boolean {
  return error instanceof DatabaseError && ['XX000', '23505', '42710', '42P06'].includes(error.code)
}

/** Applies one migration unless another process did while this one waited for the lock. */
async function apply(options: {
  db: Database
  schema: string
  migrations: readonly Migration[]
  migration: Migration
}): Promise<boolean> {
  const { db, schema, migrations, migration } = options
  const text = migrationText(migration, schema)
  return db.transaction({ role: 'owner' }, async (tx) => {
    await tx.query(migrationLock(schema))
    if (!pendingMigrations(migrations, await readLedger(tx, schema)).includes(migration)) return false
    await run(tx, migration, text)
    await tx.script(ledgerInsert(schema, migration))
    return true
  })
}

async function run(tx: Transaction, migration: Migration, text: string): Promise<void> {
  try {
    await tx.script(text)
  } catch (error) {
    throw failure(error, migration.file, text)
  }
}

function failure(error: unknown, what: string, text?: string): unknown {
  if (!(error instanceof DatabaseError)) return error
  if (error.code === '42501') {
    return new FstoreError('PERMISSION_DENIED', `The database user may not make ${what}.`, {
      why: error.message,
      fix: 'Let a DBA run what `fstore migrate --print-sql` prints.',
      cause: error,
    })
  }
  const line = text?.slice(0, (error.position ?? 1) - 1).split('\n').length
  return new FstoreError('MIGRATION_FAILED', `Making ${what} failed.`, {
    where: line === undefined || error.position === undefined ? undefined : { file: `migrations/${what}`, line },
    why: error.message,
    fix: error.hint ?? 'Nothing of it was kept: mend what the database says, and run fstore migrate again.',
    cause: error,
  })
}
