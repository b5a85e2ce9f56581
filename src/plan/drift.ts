/** Drift: the newest values of what is live, against their baseline. */
import { type DriftThresholds, thresholdsOf } from '../config/drift.js'
import type { GroupSpec } from '../config/project.js'
import { findGroup } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { profile } from '../offline/profile.js'
import type { CatalogEntry, ReadableVersion } from '../registry/catalog.js'
import {
  type Bins,
  chooseBaseline,
  type FeatureStatistics,
  keepStatistics,
  type RunStatistics,
  readBaseline,
  readRuns,
  type StatisticsScope,
} from '../registry/statistics.js'
import { type InspectScope, latestRun, liveVersion, profiled, statisticsOf } from './inspect.js'
import { type Stability, shareChance, stability } from './psi.js'

/** Which groups are compared, and with the baseline of which version. */
export interface DriftOptions {
  /** All of the config when absent. */
  readonly groups?: readonly string[] | undefined
  /** Holds what is live against the baseline of another version; needs one group. */
  readonly against?: number | undefined
}

/** By group, what has moved from its baseline. */
export interface DriftReport {
  readonly tenant: string
  readonly findings: number
  readonly groups: readonly GroupDriftReport[]
}

/** The drift of the features of one group. */
export interface GroupDriftReport {
  readonly group: string
  readonly version: number | null
  /** The version whose baseline it is. */
  readonly baselineVersion: number | null
  readonly status: 'compared' | 'single run' | 'no baseline' | 'no rows' | 'not built'
  readonly baseline: ComparedRun | null
  readonly current: ComparedRun | null
  readonly features: readonly FeatureDriftReport[]
}

/** The run that values were taken from. */
export type ComparedRun = Pick<RunStatistics, 'computedAt' | 'jobId' | 'start' | 'end' | 'rows' | 'sampleRows'>

/** How far the values of one feature have moved. */
export interface FeatureDriftReport {
  readonly feature: string
  /** Null where one of the two has no values, and of lists and vectors. */
  readonly psi: number | null
  /** What chance alone seldom exceeds with so few rows; up to it nothing is reported. */
  readonly psiChance: number | null
  /** Shares of nulls, NaN and infinities. */
  readonly nullShareBefore: number
  readonly nullShareNow: number
  /** Shares of the values in the bins that both were counted in, in their order; null where psi is. */
  readonly sharesBefore: readonly number[] | null
  readonly sharesNow: readonly number[] | null
  readonly thresholds: Required<DriftThresholds>
  readonly findings: readonly ('psi' | 'nullShare')[]
}

/** @throws FstoreError NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED, USAGE */
export async function drift(scope: InspectScope, options: DriftOptions = {}): Promise<DriftReport> {
  const { project, tenant } = scope
  const named = options.groups ?? []
  const groups = named.length === 0 ? project.groups : named.map((name) => findGroup(project, name))
  if (options.against !== undefined && groups.length !== 1)
    throw new FstoreError('USAGE', 'A version to hold values against needs one group.', {
      fix: 'Write `fstore drift GROUP --against VERSION`.',
    })
  const catalog = await scope.catalog.entries()
  const reports: GroupDriftReport[] = []
  for (const group of groups) reports.push(await groupDrift(scope, group, catalog.get(group.name), options.against))
  const findings = reports.flatMap(({ features }) => features.flatMap((feature) => feature.findings)).length
  return { tenant, findings, groups: reports }
}

/**
 * Makes the newest statistics of a group what later ones are held against.
 *
 * @throws FstoreError NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED
 */
export async function setBaseline(scope: InspectScope, name: string): Promise<ComparedRun> {
  const group = findGroup(scope.project, name)
  const version = liveVersion((await scope.catalog.entries()).get(name), group)
  const own = statisticsOf(scope, version)
  if (group.sourceType === 'stream') await keepStatistics(own, await latestRun(scope, version))
  const [newest] = await readRuns(own, 1)
  if (newest === undefined || newest.rows === 0)
    throw new FstoreError('NOT_BUILT', `${name} has no statistics with values for tenant ${scope.tenant} yet.`, {
      ...(group.sourceType === 'stream'
        ? { why: 'Nothing has been pushed to it.', fix: `Push rows first: \`fstore push ${name} rows.jsonl\`.` }
        : { why: 'They come with a run that yields rows.', fix: `Run \`fstore build --select ${name}\`.` }),
    })
  await chooseBaseline(own, newest.computedAt)
  return compared(newest)
}

const nothing = { baselineVersion: null, baseline: null, current: null, features: [] } as const

async function groupDrift(
  scope: InspectScope,
  group: GroupSpec,
  entry: CatalogEntry | undefined,
  against: number | undefined,
): Promise<GroupDriftReport> {
  const live = entry?.active
  if (live === undefined) return { group: group.name, version: null, status: 'not built', ...nothing }
  const other = against === undefined ? live : storedVersion(group, entry, against)
  const report = { group: group.name, version: live.version, ...nothing, baselineVersion: other.version }
  const runs = await readRuns(statisticsOf(scope, live), 2)
  const isPushed = group.sourceType === 'stream'
  const current = isPushed ? await latestRun(scope, live) : runs[0]
  if (current === undefined) return { ...report, status: 'no baseline' }
  const baseline = await baselineOf(statisticsOf(scope, other), group, isPushed || against !== undefined ? [] : runs)
  const both = { ...report, baseline: baseline ? compared(baseline) : null, current: compared(current) }
  if (current.rows === 0) return { ...both, status: 'no rows' }
  if (baseline === undefined || baseline.rows === 0) return { ...both, status: 'no baseline' }
  if (baseline.computedAt === current.computedAt) return { ...both, status: 'single run' }
  const now = await inBinsOf(scope, live, baseline, current)
  const features = now.flatMap((feature) => {
    const before = baseline.features.find((one) => one.feature === feature.feature)
    return before?.dataType === feature.dataType ? [featureDrift(group, before, feature)] : []
  })
  return { ...both, status: 'compared', features }
}

/** @throws FstoreError NAME_UNKNOWN */
function storedVersion({ name }: GroupSpec, entry: CatalogEntry | undefined, version: number): ReadableVersion {
  const found = entry?.versions.find((one) => one.version === version)
  if (found !== undefined) return found
  throw new FstoreError('NAME_UNKNOWN', `${name} has no version ${version}.`, {
    fix: `Versions: ${entry?.versions.map((one) => one.version).join(', ') || 'none'}.`,
  })
}

/** @param runs of the version, newest first; none where the run before is no baseline */
async function baselineOf(scope: StatisticsScope, { drift }: GroupSpec, runs: readonly RunStatistics[]) {
  if (drift !== false && drift?.baseline === 'previous' && runs.length > 0) return runs[1] ?? runs[0]
  return readBaseline(scope)
}

function compared({ computedAt, jobId, start, end, rows, sampleRows }: RunStatistics): ComparedRun {
  return { computedAt, jobId, start, end, rows, sampleRows }
}

/** Counted as the baseline was; values that were counted otherwise, as another version's are, are counted again. */
async function inBinsOf(
  scope: InspectScope,
  version: ReadableVersion,
  baseline: RunStatistics,
  current: RunStatistics,
): Promise<readonly FeatureStatistics[]> {
  const bins = new Map(
    baseline.features.flatMap(({ feature, bins }) => (bins === null ? [] : [[feature, bins] as const])),
  )
  const isShared = current.features.every(({ feature, bins: own }) => {
    const wanted = bins.get(feature)
    return wanted === undefined || own === null || parted(wanted) === parted(own)
  })
  if (isShared) return current.features
  const { start, end, during: ranges } = current
  const during = ranges === null || start === null || end === null ? undefined : { ranges, start, end }
  const types = new Map(baseline.features.map(({ feature, dataType }) => [feature, dataType]))
  const same = version.features.filter(({ name, dataType }) => types.get(name) === dataType)
  const fitting = new Map([...bins].filter(([name]) => same.some((feature) => feature.name === name)))
  return (await profile({ ...profiled(scope, version), during, rows: current.rows, bins: fitting })).features
}

function parted(bins: Bins): string {
  return JSON.stringify(bins.kind === 'edges' ? bins.edges : bins.values)
}

function featureDrift(group: GroupSpec, before: FeatureStatistics, now: FeatureStatistics): FeatureDriftReport {
  const thresholds = thresholdsOf(group.drift, group.features.find(({ name }) => name === now.feature)?.drift)
  const shift = shiftOf(before.bins, now.bins)
  const [was, is] = [missing(before), missing(now)]
  const change = Math.abs(is.count / is.rows - was.count / was.rows)
  return {
    feature: now.feature,
    psi: shift === null ? null : shift.psi,
    psiChance: shift === null ? null : shift.chance,
    nullShareBefore: was.count / was.rows,
    nullShareNow: is.count / is.rows,
    sharesBefore: shift === null ? null : shares(before.bins),
    sharesNow: shift === null ? null : shares(now.bins),
    thresholds,
    findings: [
      ...(shift !== null && isBeyond(shift.psi, thresholds.psi, shift.chance) ? (['psi'] as const) : []),
      ...(isBeyond(change, thresholds.nullShare, shareChance(was, is)) ? (['nullShare'] as const) : []),
    ],
  }
}

function shiftOf(before: Bins | null, now: Bins | null): Stability | null {
  if (before === null || now === null || parted(before) !== parted(now)) return null
  const isEmpty = [before, now].some(({ counts }) => counts.every((count) => count === 0))
  return isEmpty ? null : stability(before.counts, now.counts)
}

function shares(bins: Bins | null): number[] {
  const counts = bins?.counts ?? []
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => Number((count / total).toPrecision(6)))
}

function isBeyond(value: number, threshold: number | false, chance: number): boolean {
  return threshold !== false && value > threshold && value > chance
}

function missing({ rows, nulls, nan, infinite }: FeatureStatistics): { count: number; rows: number } {
  return { count: nulls + nan + infinite, rows }
}
