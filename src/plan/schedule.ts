/** Runs groups when their schedule comes round, for every active tenant, until it is told to stop. */
import { compileProject } from '../offline/compile.js'
import { told } from '../online/told.js'
import type { BuildScope } from './execute.js'
import type { ScheduleEvent, ScheduleOptions, ScheduleResult } from './schedule-event.js'
import { scheduledGroups } from './scheduled-groups.js'
import { Scheduler } from './scheduler.js'

/**
 * @param written is called when rows may have changed
 * @throws FstoreError NAME_UNKNOWN, USAGE, SQL_INVALID, …: what is wrong with the config. Later on it goes on whatever
 * happens, but for `once`
 */
export async function* schedule(
  scope: BuildScope,
  options: ScheduleOptions,
  written: () => void,
): AsyncGenerator<ScheduleEvent, ScheduleResult> {
  const groups = await scheduledGroups(await compileProject(scope), options.groups ?? [])
  yield { type: 'scheduling', groups: groups.map(({ name, schedule, builds }) => ({ group: name, schedule, builds })) }
  return yield* told(options.signal, (tell, signal) =>
    new Scheduler({ scope, groups, tell, signal, written, once: options.once === true, clock: options.clock }).run(),
  )
}
