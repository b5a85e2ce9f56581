/** What the values of a group look like: as its runs have left it, or as its latest rows are now. */
import type { GroupSpec, Project } from '../config/project.js'
import { findGroup, resolveFeature } from '../config/reference.js'
import type { Database } from '../db/database.js'
import { FstoreError } from '../errors.js'
import { profile } from '../offline/profile.js'
import type { Catalog, CatalogEntry, ReadableVersion } from '../registry/catalog.js'
import { whereMigrated } from '../registry/migrated.js'
import { type RunStatistics, readRuns, type StatisticsScope } from '../registry/statistics.js'

export interface InspectScope {
  readonly db: Database
  readonly project: Project
  readonly tenant: string
  readonly catalog: Catalog
}

/** A group or `group.feature`, as its runs kept it, or as it is now. */
export interface InspectOptions {
  /** `group`, `group.feature`, or `feature` where only one group has it. */
  readonly of: string
  /** Look at the latest rows as they are, instead of at what was kept. Always so of groups whose rows are pushed. */
  readonly now?: boolean | undefined
  /** Runs at most; 20 when absent. */
  readonly limit?: number | undefined
}

/** What the values of a group, or of one feature, look like. */
export interface Inspection {
  readonly group: string
  readonly version: number
  readonly tenant: string
  /** The one asked for; null for all. */
  readonly feature: string | null
  /** `latest`: the newest row of each entity, looked at just now. */
  readonly source: 'runs' | 'latest'
  /** Newest first. */
  readonly runs: readonly RunStatistics[]
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, NOT_BUILT, NOT_MIGRATED */
export async function inspect(scope: InspectScope, { of, now, limit = 20 }: InspectOptions): Promise<Inspection> {
  const { project, tenant } = scope
  const isGroup = project.groups.some(({ name }) => name === of) || !isFeature(project, of)
  const reference = isGroup ? undefined : resolveFeature(project, of)
  const group = reference?.group ?? findGroup(project, of)
  const feature = reference?.feature ?? null
  const version = liveVersion((await scope.catalog.entries()).get(group.name), group, reference?.version)
  const isNow = now === true || group.sourceType === 'stream'
  const found = isNow
    ? [await latestRun(scope, version)]
    : await whereMigrated(project.schema, readRuns(statisticsOf(scope, version), limit))
  const runs = found.map((run) => ({
    ...run,
    features: run.features.filter((one) => feature === null || one.feature === feature),
  }))
  return { group: group.name, version: version.version, tenant, feature, source: isNow ? 'latest' : 'runs', runs }
}

/** A name that is neither is told as a group where it has no dot. */
function isFeature({ groups }: Project, name: string): boolean {
  return /[.:@]/.test(name) || groups.some(({ features }) => features.some((feature) => feature.name === name))
}

/** @throws FstoreError NOT_BUILT */
export function liveVersion(entry: CatalogEntry | undefined, { name }: GroupSpec, pinned?: number): ReadableVersion {
  const found = pinned === undefined ? entry?.active : entry?.versions.find(({ version }) => version === pinned)
  if (found !== undefined) return found
  throw new FstoreError(
    'NOT_BUILT',
    `There is no ${pinned === undefined ? 'live version' : `version ${pinned}`} of ${name}.`,
    {
      why: 'Statistics come with the build that makes its rows.',
      fix: `Run \`fstore build --select ${name}\`.`,
    },
  )
}

/** The newest row of each entity, as if a run had made them. */
export async function latestRun(scope: InspectScope, version: ReadableVersion): Promise<RunStatistics> {
  const found = await profile(profiled(scope, version))
  const computedAt = new Date().toISOString()
  return { computedAt, jobId: null, start: null, end: null, during: null, baseline: false, ...found }
}

export function profiled({ db, project, tenant }: InspectScope, version: ReadableVersion) {
  return { db, schema: project.schema, tenant, version }
}

export function statisticsOf({ db, project, tenant }: InspectScope, version: ReadableVersion): StatisticsScope {
  return { db, schema: project.schema, tenant, group: version.group, fingerprint: version.fingerprint }
}
