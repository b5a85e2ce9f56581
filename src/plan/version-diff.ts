/** What differs between two versions of a group, or between the live one and what the config now says. */
import { FstoreError } from '../errors.js'
import { compileProject } from '../offline/compile.js'
import type { Snapshot } from '../registry/definition.js'
import { whereMigrated } from '../registry/migrated.js'
import { changeBetween, type GroupChange } from './change.js'
import type { BuildScope } from './execute.js'
import { findVersion, noVersions, type StoredVersion, storedVersions } from './versions.js'

/** One side of a comparison of two versions. */
export interface ComparedVersion {
  /** Null for a config that was never built. */
  readonly version: number | null
  readonly fingerprint: string
  readonly live: boolean
  /** It is what the config says now; null where the config's SQL cannot be read. */
  readonly declared: boolean | null
}

/** What differs between two versions of a group. */
export interface VersionDiff {
  readonly group: string
  readonly before: ComparedVersion
  readonly after: ComparedVersion
  /** The two mean the same. */
  readonly same: boolean
  readonly change: GroupChange
}

/** The group and two of its versions; what is live and what the config says when absent. */
export interface VersionDiffRequest {
  readonly group: string
  /** Absent: the live version, or the one before it where the config says nothing new. */
  readonly from?: number | undefined
  /** Absent: what the config says; beside a `from`, the live version. */
  readonly to?: number | undefined
}

type Candidate = ComparedVersion & { readonly snapshot: Snapshot }

/** @throws FstoreError NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED */
export async function diffVersions(scope: BuildScope, { group, from, to }: VersionDiffRequest): Promise<VersionDiff> {
  const { db, project } = scope
  const read = db.transaction({ role: 'owner', readOnly: true }, (tx) => storedVersions(tx, project.schema, group))
  const versions = await whereMigrated(project.schema, read)
  if (versions.length === 0) throw noVersions(scope, group)
  const declared = await declaredNow(scope, group)
  const [before, after] = choose({ group, from, to }, versions, declared)
  const change = changeBetween(before.snapshot, after.snapshot)
  return { group, before: plain(before), after: plain(after), same: before.fingerprint === after.fingerprint, change }
}

function plain({ snapshot: _, ...version }: Candidate): ComparedVersion {
  return version
}

type Declared = { readonly fingerprint: string; readonly snapshot: Snapshot }

/** Undefined where the config has no such group, or its SQL cannot be read: two stored versions compare all the same. */
async function declaredNow(scope: BuildScope, group: string): Promise<Declared | undefined> {
  const compiled = await compileProject(scope).catch((error: unknown) => {
    if (error instanceof FstoreError) return []
    throw error
  })
  return compiled.find((one) => one.group.name === group)?.definition
}

function choose(
  { group, from, to }: VersionDiffRequest,
  versions: readonly StoredVersion[],
  declared: Declared | undefined,
): [Candidate, Candidate] {
  const candidate = ({ version, fingerprint, live, snapshot }: StoredVersion): Candidate => {
    const isDeclared = declared === undefined ? null : declared.fingerprint === fingerprint
    return { version, fingerprint, live, declared: isDeclared, snapshot }
  }
  const live = versions.find((version) => version.live) ?? (versions.at(-1) as StoredVersion)
  if (from !== undefined)
    return [
      candidate(findVersion(group, versions, from)),
      candidate(to === undefined ? live : findVersion(group, versions, to)),
    ]
  if (declared !== undefined && declared.fingerprint !== live.fingerprint) {
    const known = versions.find((version) => version.fingerprint === declared.fingerprint)
    const { fingerprint, snapshot } = declared
    const now = { version: known?.version ?? null, fingerprint, live: false, declared: true, snapshot }
    return [candidate(live), now]
  }
  const previous = versions.filter(({ version }) => version < live.version).at(-1) ?? live
  return [candidate(previous), candidate(live)]
}
