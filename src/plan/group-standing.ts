/** How one group stands, by what is known of its rows, its windows and its runs. */
import { ticksOf } from '../config/cron-tick.js'
import { fromMicroseconds, instantFrom, toDate, toMicroseconds } from '../config/instant.js'
import type { GroupSpec } from '../config/project.js'
import type { JobRecord } from '../pipeline/job-list.js'
import { floorTo } from '../pipeline/window.js'
import { liveOf } from '../registry/repository.js'
import type { ScheduledRun } from './scheduled-runs.js'
import type { State } from './state.js'

/** `complete`: all up to the group's end has run, and no more will. */
export type Freshness = 'fresh' | 'complete' | 'due' | 'overdue' | 'expired' | 'not built'

/** What was found out of a group, by whatever way. */
export interface Known<Counts> {
  readonly counts: Counts
  /** Windows that a build would run now; null where the config's SQL cannot be read. */
  readonly due: number | null
  readonly scheduledRun: ScheduledRun | undefined
  readonly lastRun: JobRecord | undefined
}

export async function standingOf<Counts extends { readonly newest: string | null }>(
  group: GroupSpec,
  state: State,
  { counts, due, scheduledRun, lastRun }: Known<Counts>,
) {
  const { name, ttl, schedule } = group
  const { now } = state
  const live = liveOf(state.registry.get(name))
  const newest = counts.newest === null ? undefined : toMicroseconds(counts.newest)
  const covered = state.coverage.get(`${name}@${live?.fingerprint}`)?.covered.at(-1)?.end
  return {
    group: name,
    entity: group.entity.name,
    liveVersion: live?.version ?? null,
    ...counts,
    coveredUntil: covered === undefined ? null : fromMicroseconds(covered),
    ageSeconds: newest === undefined ? null : Number((now - newest) / 1_000_000n),
    ttlSeconds: ttl ?? null,
    schedule: schedule ?? null,
    nextTick: await nextTick(group, now),
    scheduledRun: schedule === undefined ? null : shown(scheduledRun),
    freshness: live === undefined ? 'not built' : await freshnessOf({ group, newest, covered, due, now }),
    due,
    lastRun: lastRun ?? null,
  } as const
}

async function nextTick({ schedule }: GroupSpec, now: bigint): Promise<string | null> {
  const next = schedule === undefined ? undefined : (await ticksOf(schedule)).next(toDate(fromMicroseconds(now)))
  return next === undefined ? null : instantFrom(next)
}

function shown(run: ScheduledRun | undefined): ScheduledRun | null {
  if (run === undefined) return null
  const { group, tick, status, dead, attempts, error, startedAt, finishedAt, retryAt, host, pid } = run
  return { group, tick, status, dead, attempts, error, startedAt, finishedAt, retryAt, host, pid }
}

async function freshnessOf(known: {
  group: GroupSpec
  newest: bigint | undefined
  covered: bigint | undefined
  due: number | null
  now: bigint
}): Promise<Freshness> {
  const { group, newest, covered, due, now } = known
  if (newest !== undefined && group.ttl !== undefined && now - newest > BigInt(group.ttl) * 1_000_000n) return 'expired'
  if (await isOverdue(group, covered, now)) return 'overdue'
  if (due !== null && due > 0) return 'due'
  return group.end !== undefined && toMicroseconds(group.end) <= now ? 'complete' : 'fresh'
}

/** The schedule has come round since, and what was over by then has not run. */
async function isOverdue({ schedule, every, end }: GroupSpec, covered: bigint | undefined, now: bigint) {
  const tick = schedule === undefined ? undefined : (await ticksOf(schedule)).last(toDate(fromMicroseconds(now)))
  if (tick === undefined) return false
  const last = BigInt(tick.getTime()) * 1000n
  const limit = end === undefined || toMicroseconds(end) > last ? last : toMicroseconds(end)
  return covered === undefined || covered < floorTo(limit, every)
}
