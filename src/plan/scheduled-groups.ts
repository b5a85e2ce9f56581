/** The groups that a scheduler runs, each with what runs along with it because nothing else would. */
import { type Ticks, ticksOf } from '../config/cron-tick.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'
import { selectGroups } from './select.js'

/** A group that has a schedule, and when it comes round next. */
export interface ScheduledGroup {
  readonly name: string
  readonly schedule: string
  readonly ticks: Ticks
  readonly fingerprint: string
  /** What is built when it is due: itself, and of what it reads and what reads it those without a schedule. */
  readonly builds: readonly string[]
  /** What it reads that has a schedule of its own: that goes first where it is due, too. */
  readonly after: readonly string[]
}

/**
 * @param groups all of the project, each after those it reads
 * @param patterns which to run, as `build --select` has it; all that have a schedule when empty
 * @throws FstoreError NAME_UNKNOWN, USAGE where one named, or all, have no schedule
 */
export async function scheduledGroups(
  groups: readonly CompiledGroup[],
  patterns: readonly string[],
): Promise<ScheduledGroup[]> {
  const chosen = selectGroups(groups, patterns)
  const without = patterns.filter((name) => chosen.some((one) => one.group.name === name && !hasSchedule(one)))
  if (without.length > 0)
    throw noSchedule(`${without.join(', ')} ${without.length === 1 ? 'has' : 'have'} no schedule.`)
  const scheduled = chosen.filter(hasSchedule)
  if (scheduled.length === 0) throw noSchedule('No group has a schedule.')
  return Promise.all(scheduled.map((one) => scheduledGroup(one, groups)))
}

async function scheduledGroup(compiled: CompiledGroup, groups: readonly CompiledGroup[]): Promise<ScheduledGroup> {
  const schedule = compiled.group.schedule as string
  const followed = new Set([compiled])
  for (const one of groups) if (!hasSchedule(one) && one.reads.some((read) => followed.has(read))) followed.add(one)
  const builds = new Set([...followed].flatMap((one) => [...unscheduledReads(one), one]))
  const after = upstream(compiled).filter(hasSchedule)
  return {
    name: compiled.group.name,
    schedule,
    ticks: await ticksOf(schedule),
    fingerprint: compiled.definition.fingerprint,
    builds: [...builds].map(({ group }) => group.name),
    after: [...new Set(after)].map(({ group }) => group.name),
  }
}

function hasSchedule({ group }: CompiledGroup): boolean {
  return group.schedule !== undefined
}

/** As far up as no schedule of its own sees to it. */
function unscheduledReads({ reads }: CompiledGroup): CompiledGroup[] {
  return reads.filter((read) => !hasSchedule(read)).flatMap((read) => [...unscheduledReads(read), read])
}

function upstream({ reads }: CompiledGroup): CompiledGroup[] {
  return reads.flatMap((read) => [...upstream(read), read])
}

function noSchedule(message: string): FstoreError {
  return new FstoreError('USAGE', message, {
    fix: "Give it one in the config, in UTC: schedule: '0 * * * *'; or run `fstore build` from a scheduler of yours.",
  })
}
