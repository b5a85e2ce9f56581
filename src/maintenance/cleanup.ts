/** Removes what nobody can ask for any more. Each step is whole in itself: stopped anywhere, it is simply run again. */
import { FstoreError } from '../errors.js'
import { versionField } from '../online/redis-keys.js'
import { removeExpired } from './expired.js'
import { removeForgotten } from './forgotten-events.js'
import { type MaintenanceScope, readInventory } from './inventory.js'
import { removeOrphans } from './orphans.js'
import type { CleanupRun, Outcome, Removal, RemovalKind, Skipped } from './removal.js'
import { removePastRetention } from './retention.js'
import { removeRetired } from './retired.js'
import { removeStaging } from './staging.js'

/** What a cleanup removes; everything that nobody can ask for any more when absent. */
export interface CleanupOptions {
  /** Count what would be removed, and remove nothing. */
  readonly dryRun?: boolean | undefined
  /** Retired versions that each group keeps to be rolled back to; 1 when absent. */
  readonly keepVersions?: number | undefined
  /** Groups that the config no longer has lose everything. */
  readonly archived?: boolean | undefined
  /** Only these kinds; all when absent. */
  readonly only?: readonly RemovalKind[] | undefined
  /** Ends it after the step in flight. */
  readonly signal?: AbortSignal | undefined
}

/** What a cleanup has removed, or would remove, and what was in use. */
export interface CleanupReport {
  readonly dryRun: boolean
  /** With `dryRun`, what would be. */
  readonly removed: readonly Removal[]
  /** What should have gone and is in use, or could not be reached. */
  readonly skipped: readonly Skipped[]
}

/** Of all tenants. @throws FstoreError USAGE, INTERRUPTED, NOT_MIGRATED, SQL_FILE_MISSING, DATABASE_UNREACHABLE */
export async function cleanup(scope: MaintenanceScope, options: CleanupOptions): Promise<CleanupReport> {
  const { dryRun = false, keepVersions = 1, archived = false, only, signal } = options
  if (!Number.isSafeInteger(keepVersions) || keepVersions < 0)
    throw new FstoreError('USAGE', `keepVersions is ${keepVersions}.`, { fix: 'Write a whole number, 0 or more.' })
  const inventory = await readInventory(scope)
  const outcomes: Outcome[] = []
  const perform = async (kind: RemovalKind, step: (run: CleanupRun) => Promise<Outcome>) => {
    if (only !== undefined && !only.includes(kind)) return
    if (signal?.aborted)
      throw new FstoreError('INTERRUPTED', `The cleanup was stopped before the step "${kind}".`, {
        fix: 'Run it again; what was removed by then stays removed.',
      })
    const gone = new Set(outcomes.flatMap(({ removed }) => removed.flatMap(fieldOf)))
    const versions = inventory.versions.filter((version) => !gone.has(versionField(version)))
    outcomes.push(await step({ scope, inventory: { ...inventory, versions }, dryRun, keepVersions, archived, gone }))
  }
  // First, so that nothing is removed from tables that go as a whole.
  await perform('version', removeRetired)
  await perform('expired', removeExpired)
  await perform('history', removePastRetention)
  await perform('events', removeForgotten)
  await perform('staging', removeStaging)
  await perform('redis', removeOrphans)
  return {
    dryRun,
    removed: outcomes.flatMap(({ removed }) => removed),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
  }
}

function fieldOf(removal: Removal): string[] {
  return removal.kind === 'version' ? [versionField(removal)] : []
}
