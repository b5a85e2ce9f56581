import type { JobRecord } from '../../pipeline/job-list.js'
import { ago } from '../ago.js'
import { instant, seconds } from '../format.js'
import type { Globals } from '../globals.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { colors, printJson, printNote, printResult } from '../output.js'
import { table } from '../table.js'

interface Options extends Globals {
  readonly group?: string
  readonly status?: string
  readonly limit: string
}

export async function run(options: Options): Promise<number> {
  const { group, status } = options
  const limit = parseLimit(options.limit)
  return withStore(options, async ({ store }) => {
    const jobs = await store.jobs({ group, status, limit })
    if (options.json) printJson({ jobs })
    else print(jobs, group === undefined && status === undefined)
    return 0
  })
}

const head = ['job', 'group', 'type', 'period', 'status', 'windows', 'rows', 'rejected', 'took', 'started']

function print(jobs: readonly JobRecord[], isAll: boolean): void {
  if (jobs.length === 0) {
    printNote(isAll ? 'No job has run.' : 'No such job has run.')
    return
  }
  printResult(table(head, jobs.map(row), [0, 5, 6, 7, 8]))
  const c = colors(process.stdout)
  for (const { id, error } of jobs) if (error !== null) printResult(c.dim(`job ${id}: ${error}`))
}

function row(job: JobRecord): string[] {
  const { id, group, version, type, start, end, windowsDone, windowsTotal } = job
  return [
    String(id),
    `${group} v${version}`,
    type,
    `${instant(start)} to ${instant(end)}`,
    stateOf(job),
    `${windowsDone}/${windowsTotal}`,
    job.rowsProcessed.toLocaleString('en-US'),
    job.rowsRejected.toLocaleString('en-US'),
    seconds(job.durationMs),
    ago(job.startedAt),
  ]
}

/** Of one that runs also how far it is, or that its process is gone. */
export function stateOf({ status, dead, progress }: JobRecord): string {
  if (status !== 'running') return status
  return dead ? 'running (process gone)' : `running ${Math.floor(progress * 100)}%`
}
