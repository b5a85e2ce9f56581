import { digits } from '../../config/digits.js'
import type { JobRecord } from '../../pipeline/job-list.js'
import { ago, since } from '../ago.js'
import { instant, seconds } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { colors, plainText, printJson, printNote, printResult } from '../output.js'
import { isScreen } from '../screen.js'
import { type Column, printTable } from '../table.js'

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

const signs = { completed: glyph.good, failed: glyph.bad, running: glyph.busy, cancelled: glyph.none }

const columns: readonly Column<JobRecord>[] = [
  { head: 'job', cell: ({ id }) => String(id), right: true },
  { head: 'group', cell: ({ group, version }) => `${group} v${version}`, cut: true },
  { head: 'type', cell: ({ type }) => type, drop: 5 },
  { head: 'period', cell: ({ start, end }) => `${instant(start)} to ${instant(end)}`, drop: 2 },
  { head: 'status', cell: signedState },
  { head: 'windows', cell: ({ windowsDone, windowsTotal }) => `${windowsDone}/${windowsTotal}`, right: true, drop: 3 },
  { head: 'rows', cell: ({ rowsProcessed }) => digits(rowsProcessed), right: true },
  { head: 'rejected', cell: ({ rowsRejected }) => digits(rowsRejected), right: true, drop: 4 },
  { head: 'took', cell: ({ durationMs }) => seconds(durationMs), right: true, drop: 1 },
  { head: 'started', cell: ({ startedAt }) => ago(startedAt), short: ({ startedAt }) => since(startedAt) },
]

const fields = {
  job: ({ id }: JobRecord) => id,
  group: ({ group }: JobRecord) => group,
  version: ({ version }: JobRecord) => version,
  type: ({ type }: JobRecord) => type,
  start: ({ start }: JobRecord) => start,
  end: ({ end }: JobRecord) => end,
  status: ({ status }: JobRecord) => status,
  windows_done: ({ windowsDone }: JobRecord) => windowsDone,
  windows_total: ({ windowsTotal }: JobRecord) => windowsTotal,
  rows: ({ rowsProcessed }: JobRecord) => rowsProcessed,
  rejected: ({ rowsRejected }: JobRecord) => rowsRejected,
  duration_ms: ({ durationMs }: JobRecord) => durationMs,
  started_at: ({ startedAt }: JobRecord) => startedAt,
  completed_at: ({ completedAt }: JobRecord) => completedAt,
  error: ({ error }: JobRecord) => error,
}

function print(jobs: readonly JobRecord[], isAll: boolean): void {
  if (jobs.length === 0) {
    printNote(isAll ? 'No job has run.' : 'No such job has run.')
    return
  }
  printTable({ columns, rows: jobs, fields })
  const c = colors(process.stdout)
  if (isScreen())
    for (const { id, error } of jobs) if (error !== null) printResult(c.dim(plainText(`job ${id}: ${error}`)))
}

/** Of one that runs also how far it is, or that its process is gone. */
export function stateOf({ status, dead, progress }: JobRecord): string {
  if (status !== 'running') return status
  return dead ? 'running (process gone)' : `running ${Math.floor(progress * 100)}%`
}

export function signedState(job: JobRecord): string {
  return `${job.dead ? glyph.odd : signs[job.status]} ${stateOf(job)}`
}
