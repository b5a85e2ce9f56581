/** Whether the latest rows are what the history says, and Redis holds what the latest rows say. */
import { findGroup } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { type Counts, type Finding, Findings, type Mismatch } from './finding.js'
import type { PublishedVersion } from './projected.js'
import type { ProjectionScope } from './projection.js'
import { assertOrigin } from './redis-origin.js'
import { readActive } from './redis-publish.js'
import { chooseVersions, projectionScope, readTargets, type SyncScope } from './sync.js'
import { findExtra } from './verify-extra.js'
import { verifyLatest } from './verify-latest.js'
import { verifyRows } from './verify-redis.js'

/** What is compared: of each group a sample of entities, or all of them. */
export interface VerifyOptions {
  /** Names of groups; all that are live when absent. */
  readonly groups?: readonly string[] | undefined
  /** Entities of each group that are looked at: 1,000 when absent. */
  readonly sample?: number | undefined
  /** Looks at every entity, and at what Redis has of others. */
  readonly all?: boolean | undefined
  /** Ends it after the group that is being compared. */
  readonly signal?: AbortSignal | undefined
  readonly tell?: ((event: VerifyEvent) => void) | undefined
}

/** A place that the values of a group are kept in: `rows` are told once it has been compared. */
export interface VerifyEvent {
  readonly group: string
  readonly place: 'latest' | 'redis'
  readonly rows?: number
}

export interface VerifiedGroup {
  readonly group: string
  readonly version: number
  /** Latest rows against history. */
  readonly entities: number
  readonly latest: Counts
  /** Redis against latest rows; null without a Redis. */
  readonly redis: (Counts<Mismatch | 'behind'> & { readonly rows: number }) | null
  /** Redis's catalogue names another version, or none. */
  readonly unpublished: boolean
}

/** By group and place, how many rows were compared and what was found. */
export interface VerifyReport {
  readonly tenant: string
  /** Nothing was found. */
  readonly ok: boolean
  readonly all: boolean
  readonly groups: readonly VerifiedGroup[]
  /** A few of what was found. */
  readonly examples: readonly Finding[]
}

const mostExamples = 20
const mismatches = ['missing', 'extra', 'stale', 'different'] as const

/** @throws FstoreError REDIS_FOREIGN, REDIS_UNREACHABLE, NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED, INTERRUPTED */
export async function verify(scope: SyncScope, options: VerifyOptions): Promise<VerifyReport> {
  const { groups, sample = 1_000, all = false, signal, tell = () => {} } = options
  const { project, tenant } = scope
  for (const name of groups ?? []) findGroup(project, name)
  const versions = chooseVersions((await readTargets(scope)).versions, groups)
  const sending = scope.redis === undefined ? undefined : projectionScope(scope)
  if (sending !== undefined) await assertOrigin(sending)
  const begin = (group: string, place: VerifyEvent['place']) => {
    stopWhenAborted(signal)
    tell({ group, place })
    return (rows: number) => {
      stopWhenAborted(signal)
      tell({ group, place, rows })
    }
  }
  const look = { tenant, sample: all ? undefined : sample, begin }
  const redis = sending === undefined ? undefined : await compareRedis(sending, versions, look)
  const verified: VerifiedGroup[] = []
  const examples: Finding[] = []
  for (const version of versions) {
    const findings = new Findings<Mismatch>({ group: version.group, place: 'latest' }, mostExamples)
    const { retention } = project.groups.find(({ name }) => name === version.group) ?? {}
    const end = begin(version.group, 'latest')
    const entities = await verifyLatest({ ...scope, ...look, version, retention }, findings)
    end(entities)
    const own = redis?.get(version)
    examples.push(...findings.examples, ...(own?.findings.examples ?? []))
    verified.push({
      group: version.group,
      version: version.version,
      entities,
      latest: findings.counts(mismatches),
      redis: own === undefined ? null : { rows: own.rows, ...own.findings.counts([...mismatches, 'behind']) },
      unpublished: own?.unpublished ?? false,
    })
  }
  return { tenant, ok: verified.every(isSound), all, groups: verified, examples: examples.slice(0, mostExamples) }
}

function stopWhenAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FstoreError('INTERRUPTED', 'The comparison was stopped. It had changed nothing.')
}

function isSound({ latest, redis, unpublished }: VerifiedGroup): boolean {
  const { rows: _, ...found } = redis ?? { rows: 0 }
  return !unpublished && [...Object.values(latest), ...Object.values(found)].every((count) => count === 0)
}

interface Compared {
  readonly findings: Findings<Mismatch | 'behind'>
  readonly rows: number
  readonly unpublished: boolean
}

interface Look {
  readonly tenant: string
  readonly sample: number | undefined
  readonly begin: (group: string, place: VerifyEvent['place']) => (rows: number) => void
}

async function compareRedis(
  sending: ProjectionScope,
  versions: readonly PublishedVersion[],
  { tenant, sample, begin }: Look,
): Promise<Map<PublishedVersion, Compared>> {
  const active = await readActive(sending.redis, sending.project)
  const compared = new Map<PublishedVersion, Compared>()
  for (const version of versions) {
    const { group, epoch, fingerprint } = version
    const findings = new Findings<Mismatch | 'behind'>({ group, place: 'redis' }, mostExamples)
    const end = begin(group, 'redis')
    const rows = await verifyRows({ ...sending, tenant, version, sample }, findings)
    end(rows)
    compared.set(version, { findings, rows, unpublished: active.get(group) !== `${epoch}:${fingerprint}` })
  }
  if (sample === undefined) {
    const places = versions.map((version) => ({ version, findings: (compared.get(version) as Compared).findings }))
    await findExtra({ ...sending, tenant }, places)
  }
  return compared
}
