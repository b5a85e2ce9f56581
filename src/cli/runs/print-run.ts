/** Runs as a list, and one with all that is kept of it. */
import { digits } from '../../config/digits.js'
import { ago, since } from '../ago.js'
import { instant, seconds, visible } from '../format.js'
import { glyph } from '../glyph.js'
import { printResult } from '../output.js'
import { type Column, pairs, printTable } from '../table.js'
import type { RunGroup, RunRecord } from './run-record.js'

const signs = {
  running: glyph.busy,
  done: glyph.good,
  findings: glyph.odd,
  failed: glyph.bad,
  interrupted: glyph.none,
  died: glyph.bad,
} as const

const columns: readonly Column<RunRecord>[] = [
  { head: 'run', cell: ({ id }) => id },
  { head: 'command', cell: (run) => run.arguments.join(' '), short: ({ command }) => command, cut: true },
  { head: 'tenant', cell: ({ tenant }) => tenant, drop: 2 },
  { head: 'state', cell: ({ state }) => `${signs[state]} ${state}` },
  { head: 'rows', cell: (run) => digits(rowsOf(run)), right: true, drop: 1 },
  { head: 'took', cell: ({ durationMs }) => (durationMs === null ? '-' : seconds(durationMs)), right: true, drop: 3 },
  { head: 'started', cell: ({ startedAt }) => ago(startedAt), short: ({ startedAt }) => since(startedAt) },
]

const fields = {
  run: ({ id }: RunRecord) => id,
  command: ({ command }: RunRecord) => command,
  arguments: (run: RunRecord) => run.arguments.join(' '),
  tenant: ({ tenant }: RunRecord) => tenant,
  state: ({ state }: RunRecord) => state,
  exit_code: ({ exitCode }: RunRecord) => exitCode,
  rows: rowsOf,
  duration_ms: ({ durationMs }: RunRecord) => durationMs,
  started_at: ({ startedAt }: RunRecord) => startedAt,
  ended_at: ({ endedAt }: RunRecord) => endedAt,
}

export function printRuns(rows: readonly RunRecord[]): void {
  printTable({ columns, rows, fields })
}

function rowsOf({ groups, totals }: RunRecord): number {
  const rows = groups.reduce((sum, one) => sum + (one.rows ?? 0), 0)
  return rows || (totals.rows ?? totals.written ?? totals.applied ?? 0)
}

const endings = {
  running: 'at work',
  done: 'done',
  findings: 'done, with findings',
  failed: 'failed',
  interrupted: 'interrupted',
  died: 'died: its process is gone and did not say how it ended',
} as const

const amount = (value: number | undefined) => (value === undefined ? '-' : digits(value))

const groupColumns: readonly Column<RunGroup>[] = [
  { head: 'group', cell: ({ group, version }) => `${group}${version === undefined ? '' : ` v${version}`}`, cut: true },
  { head: 'tenant', cell: ({ tenant }) => tenant ?? '-', drop: 2 },
  { head: 'status', cell: ({ status }) => status },
  { head: 'windows', cell: ({ windows }) => amount(windows), right: true, drop: 1 },
  { head: 'rows', cell: ({ rows }) => amount(rows), right: true },
  { head: 'rejected', cell: ({ rejected }) => amount(rejected), right: true, drop: 3 },
]

export function printRun(record: RunRecord): void {
  printResult(visible(`fstore ${record.arguments.join(' ')}`))
  printResult(pairs([...about(record), ...counted(record), ...record.errors.map(errorLine)]))
  if (record.groups.length === 0) return
  printResult('')
  printTable({ columns: groupColumns, rows: record.groups })
}

function about(record: RunRecord): [string, string][] {
  const { state, exitCode, durationMs, startedAt, endedAt, process: by } = record
  const { version, node, project, profile, tenant, database, redis } = record
  const ending = `${signs[state]} ${endings[state]}`
  return [
    ['state', exitCode === null ? ending : `${ending}, exit ${exitCode}`],
    ['started', ago(startedAt)],
    ...(endedAt === null
      ? []
      : [['ended', `${instant(endedAt)}, after ${seconds(durationMs ?? 0)}`] as [string, string]]),
    ['process', `${by.pid} on ${by.host}`],
    ['project', `${project}, profile ${profile}, tenant ${tenant}`],
    ['database', redis === null ? database : `${database}; Redis ${redis}`],
    ['fstore', `${version}, Node ${node}`],
  ]
}

function counted({ totals }: RunRecord): [string, string][] {
  const parts = Object.entries(totals).map(([name, value]) => `${amount(value)} ${name}`)
  return parts.length === 0 ? [] : [['counted', parts.join(', ')]]
}

function errorLine({ code, message, group, tenant }: RunRecord['errors'][number]): [string, string] {
  const of = [group, tenant].filter((name) => name !== undefined).join(' ')
  return ['error', `${code} ${of === '' ? '' : `${of}: `}${message}`]
}
