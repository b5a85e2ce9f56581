/** One group as it is looked at: what it means now and meant before, line by line, and how many rows that has left. */
import { compileProject } from '../offline/compile.js'
import { schemasOf, storedTable } from '../offline/feature-table.js'
import { countHistory, type HistoryCounts } from '../offline/history-counts.js'
import { glanceAtRedis, type RedisGlance } from '../online/redis-glance.js'
import type { Snapshot } from '../registry/definition.js'
import { orNothing, whereMigrated } from '../registry/migrated.js'
import { changeBetween, type GroupChange } from './change.js'
import type { BuildScope } from './execute.js'
import { type CoveredVersion, coveredVersions } from './versions.js'
import { orWhyNot } from './why-not.js'

export interface DetailedVersion extends CoveredVersion {
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
  const { db, project, tenant } = scope
  const { schema } = project
  const reading = db.transaction({ role: 'owner', tenant, readOnly: true }, (tx) =>
    coveredVersions(tx, schema, { tenant, group: name }),
  )
  const found = await orNothing(whereMigrated(schema, reading), [])
  const declared = await orWhyNot(declaredNow(scope, name))
  const live = found.find((version) => version.live)
  const versions = found.map((version, i) => detailed(version, found[i - 1]))
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

function detailed(version: CoveredVersion, before: CoveredVersion | undefined): DetailedVersion {
  return before === undefined ? version : { ...version, change: changeBetween(before.snapshot, version.snapshot) }
}

/** Undefined where the config has no such group. */
async function declaredNow(scope: BuildScope, name: string) {
  const compiled = (await compileProject(scope)).find(({ group }) => group.name === name)
  return compiled && { fingerprint: compiled.definition.fingerprint, snapshot: compiled.definition.snapshot }
}

async function countsOf(scope: BuildScope, group: string, live: CoveredVersion) {
  const { db, project, tenant } = scope
  const table = storedTable(
    { group, fingerprint: live.fingerprint, snapshot: live.snapshot },
    schemasOf(project.schema),
  )
  return { ...(await countHistory({ db, tenant }, table)), redis: await glanceAtRedis(scope, group) }
}
