/** The versions of a group: what each was, whether its table is still there, and what the tenant has of it. */
import { didYouMean } from '../config/did-you-mean.js'
import { fromMicroseconds } from '../config/instant.js'
import { findGroup } from '../config/reference.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { schemasOf } from '../offline/feature-table.js'
import { readCoverage } from '../registry/coverage.js'
import type { Snapshot } from '../registry/definition.js'
import { whereMigrated } from '../registry/migrated.js'
import type { BuildScope } from './execute.js'

/** One version of a group, and what it covers. */
export interface VersionState {
  readonly version: number
  readonly fingerprint: string
  /** What readers see. */
  readonly live: boolean
  readonly changeSummary: string
  readonly createdAt: string
  /** When it last became live; null for one that never was. */
  readonly promotedAt: string | null
  /** Whether its table is still there, so that it can be read, and rolled back to. */
  readonly stored: boolean
  /** Spans that have run for the tenant. */
  readonly covered: readonly (readonly [string, string])[]
}

/** The versions of one group, and which of them readers see. */
export interface GroupVersions {
  readonly group: string
  readonly tenant: string
  /** Oldest first. */
  readonly versions: readonly VersionState[]
}

/** @throws FstoreError NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED */
export async function groupVersions(scope: BuildScope, group: string): Promise<GroupVersions> {
  const { db, project, tenant } = scope
  const { schema } = project
  const read = db.transaction({ role: 'owner', tenant, readOnly: true }, async (tx) => ({
    found: await coveredVersions(tx, schema, { tenant, group }),
    known: await groupNames(tx, schema),
  }))
  const { found, known } = await whereMigrated(schema, read)
  if (found.length === 0) throw noVersions(scope, group, known)
  return { group, tenant, versions: found.map(({ snapshot: _, ...version }) => version) }
}

export interface CoveredVersion extends VersionState {
  readonly snapshot: Snapshot
}

/** Oldest first, each with what has run of it for the tenant. */
export async function coveredVersions(
  tx: Transaction,
  schema: string,
  { tenant, group }: { readonly tenant: string; readonly group: string },
): Promise<CoveredVersion[]> {
  const coverage = await readCoverage(tx, schema, tenant)
  // The description and the epoch are the group's, not the version's.
  return (await storedVersions(tx, schema, group)).map(({ description: _, epoch: __, snapshot, ...version }) => ({
    ...version,
    covered: (coverage.get(`${group}@${version.fingerprint}`)?.covered ?? []).map(
      ({ start, end }) => [fromMicroseconds(start), fromMicroseconds(end)] as const,
    ),
    snapshot,
  }))
}

export interface StoredVersion extends Omit<VersionState, 'covered'> {
  readonly snapshot: Snapshot
  readonly description: string | null
  readonly epoch: number
}

/** Oldest first; of a group that the config no longer has, too. */
export async function storedVersions(tx: Transaction, schema: string, group: string): Promise<StoredVersion[]> {
  const s = identifier(schema)
  const { offline } = schemasOf(schema)
  const { rows } = await tx.query<StoredVersion>(
    `SELECT v.version, v.fingerprint, coalesce(g.active_fingerprint = v.fingerprint, false) AS live,
       v.change_summary AS "changeSummary", v.created_at AS "createdAt", v.promoted_at AS "promotedAt",
       to_regclass(format('%I.%I', $2::text, v.group_name || '__' || v.fingerprint)) IS NOT NULL AS stored,
       v.snapshot, g.description, g.epoch
     FROM ${s}.versions AS v JOIN ${s}.groups AS g ON g.name = v.group_name WHERE g.name = $1 ORDER BY v.version`,
    [group, offline],
  )
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }))
}

async function groupNames(tx: Transaction, schema: string): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(`SELECT name FROM ${identifier(schema)}.groups ORDER BY name`)
  return rows.map(({ name }) => name)
}

export function noVersions({ project }: BuildScope, group: string, known: readonly string[] = []): FstoreError {
  if (project.groups.some(({ name }) => name === group))
    return new FstoreError('NOT_BUILT', `The group ${group} was never built.`, {
      why: 'A version comes into being with the build that registers it.',
      fix: `Run \`fstore build --select ${group}\`.`,
    })
  if (project.onDemand.some(({ name }) => name === group)) findGroup(project, group)
  const names = [...new Set([...project.groups.map(({ name }) => name), ...known])]
  return new FstoreError('NAME_UNKNOWN', `No group is called "${group}".`, {
    fix: didYouMean(group, names) || `Groups: ${names.join(', ') || 'none'}.`,
  })
}

/** @throws FstoreError NAME_UNKNOWN */
export function findVersion(group: string, versions: readonly StoredVersion[], version: number): StoredVersion {
  const found = versions.find((one) => one.version === version)
  if (found !== undefined) return found
  throw new FstoreError('NAME_UNKNOWN', `${group} has no version ${version}.`, {
    fix: `Versions: ${versions.map((one) => one.version).join(', ')}.`,
  })
}
