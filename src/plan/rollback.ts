/** Moves the pointer of a group back to a version that was live before, as promotion moved it forward. */
import { fromMicroseconds } from '../config/instant.js'
import { FstoreError } from '../errors.js'
import { carryOver } from '../offline/carry-over.js'
import { compileProject } from '../offline/compile.js'
import { replaceViews, schemasOf, storedTable } from '../offline/feature-table.js'
import { subtract } from '../pipeline/window.js'
import { readCoverage } from '../registry/coverage.js'
import type { Snapshot } from '../registry/definition.js'
import { whereMigrated } from '../registry/migrated.js'
import { activeTenants, promote, readRegistry } from '../registry/repository.js'
import { changeBetween, type FeatureChange } from './change.js'
import type { BuildScope } from './execute.js'
import { type Followed, followInRedis } from './follow.js'
import { viewError } from './promote.js'
import { findVersion, noVersions, type StoredVersion, storedVersions } from './versions.js'

/** The group, and the version to go back to; the one before the live one when absent. */
export interface RollbackRequest {
  readonly group: string
  /** The newest earlier version that was live, when absent. */
  readonly version?: number | undefined
  /** Say what would happen, and change nothing. */
  readonly dryRun?: boolean | undefined
}

/** What a tenant has of the version that was live, and has not of the one gone back to. */
export interface TenantBehind {
  readonly tenant: string
  readonly spans: readonly (readonly [string, string])[]
}

/** A rollback that was made, or that would be made: what readers see change. */
export interface Rollback {
  readonly group: string
  readonly done: boolean
  /** Live from now on. */
  readonly version: number
  readonly fingerprint: string
  /** Of the active pointer, after the move. */
  readonly epoch: number
  readonly from: { readonly version: number; readonly fingerprint: string }
  /** What a reader will see change, in words, and the features as they are before and after. */
  readonly reasons: readonly string[]
  readonly features: readonly FeatureChange[]
  /** By active tenant. */
  readonly behind: readonly TenantBehind[]
  /** Groups whose live version was computed from the version that is left; they stay as they are. */
  readonly readers: readonly string[]
  /** The version that the config means, which the next build makes live again; null where it means this one, or none. */
  readonly declared: number | null
  /** The version that `rollback` would name to undo this one. */
  readonly undo: number
  /** Whether readers through Redis see it, too; absent where nothing was done. */
  readonly online?: Followed
}

/** @throws FstoreError ROLLBACK_REFUSED, PROMOTION_BLOCKED, NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED */
export async function rollbackGroup(scope: BuildScope, request: RollbackRequest): Promise<Rollback> {
  const { db, project } = scope
  const { group, dryRun = false } = request
  const { schema } = project
  const read = db.transaction({ role: 'owner', readOnly: true }, async (tx) => ({
    versions: await storedVersions(tx, schema, group),
    registry: await readRegistry(tx, schema),
    tenants: await activeTenants(tx, schema),
  }))
  const { versions, registry, tenants } = await whereMigrated(schema, read)
  if (versions.length === 0) throw noVersions(scope, group, [...registry.keys()])
  const { from, to } = choose(group, versions, request.version)
  const known = { group, from, to }
  const { reasons, features } = changeBetween(from.snapshot, to.snapshot)
  const pushed = `what was pushed since version ${from.version} became live stays behind in it`
  // Between two pushed versions the rows move along.
  const isLeft = from.snapshot.sourceType === 'stream' && to.snapshot.sourceType !== 'stream'
  const report = {
    group,
    version: to.version,
    fingerprint: to.fingerprint,
    from: { version: from.version, fingerprint: from.fingerprint },
    reasons: isLeft ? [...reasons, pushed] : reasons,
    features,
    behind: await findBehind(scope, tenants, known),
    readers: [...registry.values()]
      .filter(({ versions, activeFingerprint }) =>
        versions.some((one) => one.fingerprint === activeFingerprint && reads(one.snapshot, group, from.fingerprint)),
      )
      .map(({ name }) => name),
    declared: await declaredVersion(scope, known, versions, registry.get(group)?.declaredVersion),
    undo: from.version,
  }
  const epoch = dryRun ? from.epoch + 1 : await move(scope, known)
  if (dryRun) return { ...report, epoch, done: false }
  return { ...report, epoch, done: true, online: await followInRedis(scope, group) }
}

interface Move {
  readonly group: string
  readonly from: StoredVersion
  readonly to: StoredVersion
}

function choose(group: string, versions: readonly StoredVersion[], version: number | undefined) {
  const from = versions.find(({ live }) => live)
  if (from === undefined) throw refused(`No version of ${group} is live yet.`, undefined, 'Run `fstore build`.')
  const live = versions.filter((one) => one.promotedAt !== null && one !== from)
  const to = version === undefined ? earlier(group, from, live) : findVersion(group, versions, version)
  if (to === from) throw refused(`Version ${to.version} of ${group} is the one that is live.`, undefined, others(live))
  if (to.promotedAt === null)
    throw refused(
      `Version ${to.version} of ${group} was never live.`,
      'It never held all that the live version holds.',
      'Put its definition into the config, and run `fstore build`.',
    )
  if (!to.stored)
    throw refused(
      `The table of version ${to.version} of ${group} is gone.`,
      'A cleanup removed it.',
      `Put its definition into the config, and run \`fstore build\`: it fills the table again. ${others(live)}`.trim(),
    )
  return { from, to }
}

/** By number, not by time: going back twice must not lead forward again. */
function earlier(group: string, from: StoredVersion, live: readonly StoredVersion[]): StoredVersion {
  const before = live.filter((one) => one.version < from.version)
  const found = before.findLast(({ stored }) => stored) ?? before.at(-1)
  if (found !== undefined) return found
  throw refused(
    `No version of ${group} before version ${from.version} was ever live.`,
    undefined,
    others(live) || 'Put back what the config said, and run `fstore build`.',
  )
}

function others(live: readonly StoredVersion[]): string {
  const numbers = live.filter(({ stored }) => stored).map(({ version }) => version)
  return numbers.length === 0 ? '' : `Versions to name: ${numbers.join(', ')}.`
}

function refused(message: string, why: string | undefined, fix: string): FstoreError {
  return new FstoreError('ROLLBACK_REFUSED', message, { why, fix: fix || undefined })
}

function reads(snapshot: Snapshot, group: string, fingerprint: string): boolean {
  return snapshot.dependsOn.some((source) => source.group === group && source.fingerprint === fingerprint)
}

async function findBehind({ db, project }: BuildScope, tenants: readonly string[], { group, from, to }: Move) {
  const behind: TenantBehind[] = []
  for (const tenant of tenants) {
    const coverage = await db.transaction({ role: 'app', tenant, readOnly: true }, (tx) =>
      readCoverage(tx, project.schema, tenant),
    )
    const [old, now] = [from, to].map(({ fingerprint }) => coverage.get(`${group}@${fingerprint}`))
    const spans = subtract(old?.covered ?? [], subtract(now?.covered ?? [], now?.stale ?? []))
    if (spans.length === 0) continue
    behind.push({ tenant, spans: spans.map(({ start, end }) => [fromMicroseconds(start), fromMicroseconds(end)]) })
  }
  return behind
}

/** A config whose SQL is broken must not stand in the way of going back: what it meant last is what counts then. */
async function declaredVersion(
  scope: BuildScope,
  { group, to }: Move,
  versions: readonly StoredVersion[],
  last: number | undefined,
): Promise<number | null> {
  if (!scope.project.groups.some(({ name }) => name === group)) return null
  const compiled = await compileProject(scope).catch((error: unknown) => {
    if (error instanceof FstoreError) return undefined
    throw error
  })
  const fingerprint = compiled?.find((one) => one.group.name === group)?.definition.fingerprint
  const found = versions.find((one) => one.fingerprint === fingerprint)?.version
  const declared = fingerprint === undefined ? last : (found ?? (versions.at(-1)?.version ?? 0) + 1)
  return declared === undefined || declared === to.version ? null : declared
}

/** The pointer and the views together. @returns the pointer's epoch */
async function move({ db, project }: BuildScope, { group, from, to }: Move): Promise<number> {
  const { schema } = project
  const schemas = schemasOf(schema)
  const table = storedTable({ group, fingerprint: to.fingerprint, snapshot: to.snapshot }, schemas)
  try {
    return await db.transaction({ role: 'owner', lockTimeout: 10_000 }, async (tx) => {
      // What was pushed since would be lost to readers, and nothing could compute it again.
      if (to.snapshot.sourceType === 'stream') await carryOver(tx, { schemas, group, to })
      await promote(tx, schema, group, to.fingerprint)
      const now = await storedVersions(tx, schema, group)
      const live = now.find((version) => version.live) as StoredVersion
      // Our own statement has taken the row: no other move comes between, but one may have come before.
      if (live.epoch !== from.epoch + 1)
        throw refused(
          `Another process moved ${group} meanwhile.`,
          undefined,
          'Look at `fstore versions`, and run it again.',
        )
      await replaceViews(tx, table, schemas, to.description ?? undefined)
      return live.epoch
    })
  } catch (error) {
    throw viewError(error, group, 'fstore rollback')
  }
}
