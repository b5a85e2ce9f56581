import type { Instant, JobRun } from '../../../src/ui/model.js'
import { count, instant, milliseconds, percent } from '../format.js'
import { type Column, Table } from '../parts/table.js'
import { GroupLink, RunBadge, When } from '../parts/words.js'

export function RunTable({ runs, now }: { runs: readonly JobRun[]; now: Instant }) {
  const columns: readonly Column<JobRun>[] = [
    { title: 'Group', kind: 'main', cell: ({ group }) => <GroupLink group={group} row /> },
    { title: 'Status', cell: (run) => <Status run={run} /> },
    { title: 'Started', cell: ({ startedAt }) => <When at={startedAt} now={now} /> },
    { title: 'Duration', kind: 'number', cell: ({ durationMs }) => milliseconds(durationMs) },
    { title: 'Written', kind: 'number', cell: ({ rowsWritten }) => count(rowsWritten) },
    { title: 'Superseded', kind: 'minor number', cell: ({ rowsSuperseded }) => zero(rowsSuperseded) },
    {
      title: 'Rejected',
      kind: 'number',
      cell: ({ rowsRejected, group }) =>
        rowsRejected === 0 ? zero(0) : <Rejected group={group} rows={rowsRejected} />,
    },
    {
      title: 'Windows',
      kind: 'minor number',
      cell: ({ windowsDone, windowsTotal }) => `${windowsDone} / ${windowsTotal}`,
    },
    { title: 'Period', kind: 'minor', cell: ({ start, end }) => `${instant(start)} – ${instant(end)}` },
    { title: 'Version', kind: 'minor number', cell: ({ version }) => `v${version}` },
    { title: 'Run', kind: 'minor number', cell: ({ id }) => <span class="muted">{id}</span> },
  ]
  return <Table label="Runs" columns={columns} rows={runs} id={({ id }) => id} />
}

function zero(rows: number) {
  return rows === 0 ? <span class="faint">0</span> : count(rows)
}

function Rejected({ group, rows }: { group: string; rows: number }) {
  return (
    <span class="warn-text">
      {count(rows)} <GroupLink group={group} tab="rejected" />
    </span>
  )
}

function Status({ run }: { run: JobRun }) {
  return (
    <>
      <RunBadge run={run} />
      {run.status === 'running' && !run.dead && <span class="muted"> {percent(run.progress)}</span>}
      {run.error !== null && (
        <details class="error">
          <summary>why</summary>
          <pre>{run.error}</pre>
        </details>
      )}
    </>
  )
}
