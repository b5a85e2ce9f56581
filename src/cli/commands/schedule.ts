import { exit } from '../../errors.js'
import type { FinishedRun, ScheduleEvent, ScheduleResult } from '../../plan/schedule-event.js'
import { count, instant, seconds } from '../format.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { plainText, printError, printJson, printNote, printResult } from '../output.js'
import { lasting } from '../progress.js'
import { stoppable } from '../stoppable.js'

interface Options extends Globals {
  readonly groups?: readonly string[]
  readonly once?: boolean
}

export async function run(options: Options): Promise<number> {
  const { groups, once, json = false } = options
  return withStore(options, ({ store }) => {
    // Run by a timer for every project, it has nothing to do in this one.
    if (once && groups === undefined && store.project.groups.every(({ schedule }) => schedule === undefined)) {
      printNote('No group has a schedule: give one schedule: "0 3 * * *" in the config.')
      return Promise.resolve(close({ status: 'done', completed: 0, failed: 0 }, json))
    }
    return stoppable(async (signal) => {
      const run = store.schedule({ groups, once, signal })
      const told = new Set<string>()
      for await (const event of run) {
        if (event.type === 'finished') tell({ kind: 'scheduled', run: event })
        if (json || isNews(event, told)) show(event, json)
      }
      return close(await run, json)
    }, 'Stopping after the windows in flight')
  })
}

/** What goes wrong for every tenant alike is told once a run. */
function isNews(event: ScheduleEvent, told: Set<string>): boolean {
  if (event.type === 'finished') told.clear()
  if (event.type !== 'failed') return true
  const words = `${event.group}\n${event.error.code}\n${event.error.message}`
  const isNew = !told.has(words)
  told.add(words)
  return isNew
}

function show(event: ScheduleEvent, json: boolean): void {
  // A log is read long after: every line says when.
  const at = new Date().toISOString()
  const { type, ...rest } = event
  const line = lineOf(event)
  if (json) printJson({ event: type, at, ...rest })
  else if (type === 'outage' || type === 'failed' || type === 'online-failed') printError(event.error)
  else if (line !== undefined) printNote(plainText(`${at} ${line}`))
}

function lineOf(event: ScheduleEvent): string | undefined {
  switch (event.type) {
    case 'scheduling':
      return `scheduling ${event.groups.map(({ group, schedule }) => `${group} (${schedule})`).join(', ')}, in UTC`
    case 'started':
      return `${event.group}: due since ${instant(event.tick)}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`
    case 'finished':
      return finished(event)
    case 'busy':
      return `${event.group}: ${instant(event.tick)} is run by ${event.holder}`
    case 'superseded':
      return `warning ${event.group}: another version was made live since, and is left alone; restart to run this config's`
    case 'recovered':
      return `the database answers again, after ${seconds(event.afterMs)}`
    case 'tenant':
    case 'note':
      return undefined
    default:
      return 'run' in event ? lasting(event) : undefined
  }
}

function finished({ group, status, tenants, windows, written, durationMs, error }: FinishedRun): string {
  if (status === 'lost') return `warning ${group}: another scheduler has taken this run over`
  const amounts = `${count(windows, 'window')}, ${count(written, 'row')} written for ${count(tenants, 'tenant')}`
  const end = error === undefined ? status : `${status} (${error})`
  return `${group}: ${end}, ${amounts} in ${seconds(durationMs)}`
}

function close({ status, completed, failed }: ScheduleResult, json: boolean): number {
  if (json) printJson({ event: 'result', status, completed, failed })
  else if (status === 'stopped') printNote('Stopped.')
  else if (completed + failed === 0) printResult('Nothing is due by schedule.')
  else printResult(`Ran ${count(completed + failed, 'group')}${failed > 0 ? `, of which ${failed} failed` : ''}.`)
  return status === 'failed' ? exit.failed : exit.done
}
