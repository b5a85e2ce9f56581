/** Versions that readers once saw and nobody will see again, with all that is kept of them but their entry. */
import { compareInstants } from '../config/instant.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { compileProject } from '../offline/compile.js'
import { isServed } from '../online/redis-keys.js'
import { readActive } from '../online/redis-publish.js'
import { unlessGone } from './gone.js'
import type { MaintenanceScope, StoredVersion } from './inventory.js'
import { type CleanupRun, type Outcome, obstacle, patience, type Removal, type Skipped } from './removal.js'

export async function removeRetired(run: CleanupRun): Promise<Outcome> {
  const removed: Removal[] = []
  const skipped: Skipped[] = []
  for (const version of await retiredVersions(run)) {
    const { group, version: number, fingerprint } = version
    try {
      const served = await stillServed(run.scope, version)
      if (served !== undefined) {
        skipped.push({ kind: 'version', name: nameOf(version), ...served })
        continue
      }
      const counts = await unlessGone(countRows(run, version), { rows: 0, values: 0 })
      if (run.dryRun || (await drop(run, version)))
        removed.push({ kind: 'version', group, version: number, fingerprint, ...counts })
    } catch (error) {
      const reason = obstacle(error)
      if (reason === undefined) throw error
      skipped.push({ kind: 'version', name: nameOf(version), ...reason })
    }
  }
  return { removed, skipped }
}

function nameOf({ group, version }: StoredVersion): string {
  return `${group} v${version}`
}

async function retiredVersions({ scope, inventory, keepVersions, archived }: CleanupRun): Promise<StoredVersion[]> {
  const compiled = await compileProject(scope)
  const declared = new Map(compiled.map(({ group, definition }) => [group.name, definition.fingerprint]))
  return retired(inventory.versions, { declared, keepVersions, archived })
}

/**
 * @param versions those with tables
 * @param options.declared by group, the fingerprint that the config means
 */
export function retired(
  versions: readonly StoredVersion[],
  options: { declared: ReadonlyMap<string, string>; keepVersions: number; archived: boolean },
): StoredVersion[] {
  const { declared, keepVersions, archived } = options
  const groups = [...new Set(versions.map(({ group }) => group))]
  const inUse = (one: StoredVersion) =>
    one.isLive || one.isDeclared || one.fingerprint === declared.get(one.group) || isRead(one, versions, declared)
  return groups.flatMap((group) => {
    const own = versions.filter((version) => version.group === group)
    if (!declared.has(group)) return archived ? own.filter(({ status }) => status === 'archived') : []
    return own
      .filter((version) => version.promotedAt !== null && !inUse(version))
      .sort((a, b) => compareInstants(b.promotedAt as string, a.promotedAt as string))
      .slice(keepVersions)
  })
}

/** The live version of another group, or the one that is to be, reads its rows. */
function isRead(
  one: StoredVersion,
  versions: readonly StoredVersion[],
  declared: ReadonlyMap<string, string>,
): boolean {
  return versions.some(
    (other) =>
      declared.has(other.group) &&
      (other.isLive || other.isDeclared) &&
      other.dependsOn.some(({ group, fingerprint }) => group === one.group && fingerprint === one.fingerprint),
  )
}

/** Processes that ask Redis alone still read it. */
async function stillServed({ redis, project }: MaintenanceScope, { group, fingerprint, spec }: StoredVersion) {
  if (redis === undefined || spec === undefined) return undefined
  if (!isServed(await readActive(redis, project.name), { group, fingerprint })) return undefined
  return { why: 'Redis still serves it.', fix: 'Run fstore sync, then fstore cleanup again.' }
}

async function countRows({ scope, inventory }: CleanupRun, { history, latest }: StoredVersion) {
  const total = { rows: 0, values: 0 }
  for (const tenant of inventory.tenants) {
    const counted = await scope.db.query<{ rows: number; values: number }>(
      { role: 'app', tenant, readOnly: true },
      `SELECT (SELECT count(*) FROM ${history} WHERE tenant_id = $1) AS rows,
         (SELECT count(*) FROM ${latest} WHERE tenant_id = $1) AS values`,
      [tenant],
    )
    total.rows += counted.rows[0]?.rows ?? 0
    total.values += counted.rows[0]?.values ?? 0
  }
  return total
}

/**
 * One transaction: tables without their coverage would be taken for new, and coverage without its tables for whole.
 *
 * @returns false where it is in use again, or another cleanup was first
 */
async function drop({ scope, inventory }: CleanupRun, version: StoredVersion): Promise<boolean> {
  const { group, fingerprint, history, latest } = version
  const s = identifier(inventory.schemas.registry)
  return scope.db.transaction({ role: 'owner', lockTimeout: patience }, async (tx) => {
    if (!(await retire(tx, inventory.schemas.registry, version))) return false
    if (version.isLive) {
      const views = [inventory.schemas.offline, inventory.schemas.online].map((schema) => identifier(schema, group))
      await tx.script(`DROP VIEW IF EXISTS ${views.join(', ')}`)
    }
    await tx.script(`DROP TABLE IF EXISTS ${history}, ${latest}`)
    for (const tenant of inventory.tenants) {
      await tx.query(`SELECT set_config('fstore.tenant_id', $1, true)`, [tenant])
      for (const table of ['coverage', 'rejected_rows', 'statistics', 'applied_events'])
        await tx.query(`DELETE FROM ${s}.${table} WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3`, [
          tenant,
          group,
          fingerprint,
        ])
    }
    return true
  })
}

/** Its entry stays. Under the locks of registering and of promoting, so that it cannot come into use meanwhile. */
async function retire(tx: Transaction, schema: string, { group, version, isLive }: StoredVersion): Promise<boolean> {
  const s = identifier(schema)
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema}.versions`])
  // A live one goes only with its group, while that is archived.
  const free = isLive ? `status = 'archived'` : 'active_fingerprint IS DISTINCT FROM v.fingerprint'
  const { count } = await tx.query(
    `WITH held AS (SELECT * FROM ${s}.groups WHERE name = $1 FOR UPDATE)
     UPDATE ${s}.versions AS v SET dropped_at = clock_timestamp() FROM held
     WHERE v.group_name = $1 AND v.version = $2 AND v.dropped_at IS NULL AND ${free}`,
    [group, version],
  )
  if (count === 0) return false
  await tx.query(`UPDATE ${s}.feature_versions SET stats = NULL WHERE group_name = $1 AND version = $2`, [
    group,
    version,
  ])
  if (isLive)
    await tx.query(`UPDATE ${s}.groups SET active_fingerprint = NULL, epoch = epoch + 1 WHERE name = $1`, [group])
  return true
}
