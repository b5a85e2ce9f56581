/** One group as it is looked at: what it means now and meant before, line by line, and how many rows that has left. */
import { fromMicroseconds } from '../config/instant.js'
import type { Transaction } from '../db/database.js'
import { FstoreError } from '../errors.js'
import { compileProject } from '../offline/compile.js'
import { schemasOf, storedTable } from '../offline/feature-table.js'
import { countHistory, type HistoryCounts } from '../offline/history-counts.js'
import { glanceAtRedis, type RedisGlance } from '../online/redis-glance.js'
import { type Coverage, readCoverage } from '../registry/coverage.js'
import type { Snapshot } from '../registry/definition.js'
import { changeBetween, type GroupChange } from './change.js'
import type { BuildScope } from './execute.js'
import { type StoredVersion, storedVersions, type VersionState } from './versions.js'

export interface DetailedVersion extends VersionState {
  readonly snapshot: Snapshot
  /** Against the version before it; undefined of the first. */
  readonly change?: GroupChange
}

export interface GroupDetail {
  /** Newest first; none of a group that was never built. */
  readonly versions: readonly DetailedVersion[]
  /** What the config says now; absent where it has no such group, or its SQL cannot be read. */
  readonly declared?: { readonly fingerprint: string; readonly snapshot: Snapshot }
  /** What the config says against what is live, where that differs. */
  readonly pending?: GroupChange
  /** Why the SQL of the config cannot be read. */
  readonly problem?: string
  /** Of the live version. */
  readonly counts?: HistoryCounts & { readonly redis: RedisGlance | null }
}

/** @throws FstoreError DATABASE_UNREACHABLE */
export async function groupDetail(scope: BuildScope, name: string): Promise<GroupDetail> {
  const { stored, coverage } = await readStored(scope, name)
  const declared = await declaredNow(scope, name)
  const live = stored.find((version) => version.live)
  const versions = stored.map((version, i) =>
    detailed(version, stored[i - 1], coverage.get(`${name}@${version.fingerprint}`)),
  )
  const isSame = typeof declared !== 'object' || declared.fingerprint === live?.fingerprint
  const pending = isSame || live === undefined ? undefined : changeBetween(live.snapshot, declared.snapshot)
  return {
    versions: versions.reverse(),
    ...(typeof declared === 'object' && { declared }),
    ...(typeof declared === 'string' && { problem: declared }),
    ...(pending !== undefined && { pending }),
    ...(live?.stored === true && { counts: await countsOf(scope, name, live) }),
  }
}

interface Stored {
  readonly stored: readonly StoredVersion[]
  readonly coverage: ReadonlyMap<string, Coverage>
}

/** Oldest first. */
async function readStored({ db, project, tenant }: BuildScope, name: string): Promise<Stored> {
  const { schema } = project
  return db.transaction({ role: 'owner', tenant, readOnly: true }, async (tx) => {
    if (!(await isMigrated(tx, schema))) return { stored: [], coverage: new Map() }
    return { stored: await storedVersions(tx, schema, name), coverage: await readCoverage(tx, schema, tenant) }
  })
}

async function isMigrated(tx: Transaction, schema: string): Promise<boolean> {
  const { rows } = await tx.query<{ there: boolean }>(
    "SELECT to_regclass(format('%I.versions', $1::text)) IS NOT NULL AS there",
    [schema],
  )
  return rows[0]?.there === true
}

function detailed(
  version: StoredVersion,
  before: StoredVersion | undefined,
  coverage: Coverage | undefined,
): DetailedVersion {
  // The description and the epoch are the group's, not the version's.
  const { description: _, epoch: __, ...own } = version
  return {
    ...own,
    covered: (coverage?.covered ?? []).map(
      ({ start, end }) => [fromMicroseconds(start), fromMicroseconds(end)] as const,
    ),
    ...(before !== undefined && { change: changeBetween(before.snapshot, version.snapshot) }),
  }
}

/** Undefined where the config has no such group; why not, where the SQL of any cannot be read. */
async function declaredNow(scope: BuildScope, name: string) {
  try {
    const compiled = (await compileProject(scope)).find(({ group }) => group.name === name)
    return compiled && { fingerprint: compiled.definition.fingerprint, snapshot: compiled.definition.snapshot }
  } catch (error) {
    if (error instanceof FstoreError) return `${error.code}: ${error.message}`
    throw error
  }
}

async function countsOf(scope: BuildScope, group: string, live: StoredVersion) {
  const { db, project, tenant } = scope
  const table = storedTable(
    { group, fingerprint: live.fingerprint, snapshot: live.snapshot },
    schemasOf(project.schema),
  )
  return { ...(await countHistory({ db, tenant }, table)), redis: await glanceAtRedis(scope, group) }
}
