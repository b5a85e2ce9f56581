/** Which migrations a database has had, held against those this fstore ships. */

import { FstoreError } from '../errors.js'
import { ledgerOf } from './bootstrap.js'
import { DatabaseError, type Transaction } from './database.js'
import type { Migration } from './migration.js'
import { literal } from './sql.js'

export interface LedgerEntry {
  readonly version: number
  readonly name: string
  readonly checksum: string
  /** When it was applied, ISO 8601 UTC. */
  readonly appliedAt: string
}

/** The entries by version; none where there is no ledger yet. */
export async function readLedger(tx: Transaction, schema: string): Promise<LedgerEntry[]> {
  const ledger = ledgerOf(schema)
  const { rows } = await tx
    .query('SELECT to_regclass($1) IS NOT NULL AS there', [ledger])
    .catch((error: unknown) => Promise.reject(ledgerError(error, schema)))
  if (rows[0]?.there !== true) return []
  const entries = await tx.query<LedgerEntry>(
    `SELECT version, name, checksum, applied_at AS "appliedAt" FROM ${ledger} ORDER BY version`,
  )
  return entries.rows
}

/** Only the owner of a project's schemas, who made them, migrates and builds. */
function ledgerError(error: unknown, schema: string): unknown {
  if (!(error instanceof DatabaseError) || error.code !== '42501') return error
  return new FstoreError('PERMISSION_DENIED', `The database user may not look into the schema "${schema}".`, {
    why: 'Another user made it, and owns the project.',
    fix: 'Connect as that user; or give this project a schema of its own with defineConfig({ schema }).',
    cause: error,
  })
}

/** The statement that enters a migration as applied. */
export function ledgerInsert(schema: string, { version, name, checksum }: Migration): string {
  const values = `${version}, ${literal(name)}, ${literal(checksum)}`
  return `INSERT INTO ${ledgerOf(schema)} (version, name, checksum) VALUES (${values});`
}

/**
 * The migrations still to be applied.
 *
 * @throws FstoreError MIGRATION_EDITED or MIGRATION_NEWER where database and package do not fit together.
 */
export function pendingMigrations(migrations: readonly Migration[], ledger: readonly LedgerEntry[]): Migration[] {
  const shipped = new Map(migrations.map((migration) => [migration.version, migration]))
  for (const entry of ledger) {
    const migration = shipped.get(entry.version)
    if (migration === undefined) throw newer(entry)
    if (migration.checksum !== entry.checksum) throw edited(migration, entry)
  }
  const applied = new Set(ledger.map((entry) => entry.version))
  return migrations.filter((migration) => !applied.has(migration.version))
}

function newer({ version, name }: LedgerEntry): FstoreError {
  const file = `${String(version).padStart(4, '0')}_${name}`
  return new FstoreError(
    'MIGRATION_NEWER',
    `The database has the migration ${file}, which this fstore does not know.`,
    {
      why: 'A newer fstore migrated it.',
      fix: 'Upgrade: npm install featurestore@latest',
    },
  )
}

function edited({ file }: Migration, { appliedAt }: LedgerEntry): FstoreError {
  return new FstoreError(
    'MIGRATION_EDITED',
    `The migration ${file} has changed since it was applied on ${appliedAt}.`,
    {
      why: 'An applied migration is never edited; a further one is added.',
      fix: 'Install featurestore again, so that the file is as it was released.',
    },
  )
}
