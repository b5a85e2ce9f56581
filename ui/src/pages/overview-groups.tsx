import type { Instant, OverviewGroup } from '../../../src/ui/model.js'
import { ago, compact, milliseconds, span } from '../format.js'
import { type Column, Table } from '../parts/table.js'
import { Badge, FreshnessBadge, GroupLink, RunBadge, StatusBadge, sourceTypeText, When } from '../parts/words.js'

interface Props {
  readonly groups: readonly OverviewGroup[]
  readonly now: Instant
}

export function GroupsTable({ groups, now }: Props) {
  const columns: readonly Column<OverviewGroup>[] = [
    {
      title: 'Group',
      kind: 'main',
      cell: (group) => (
        <>
          <GroupLink group={group.group} row /> <StatusBadge status={group.status} />
        </>
      ),
    },
    { title: 'Freshness', cell: ({ freshness }) => <FreshnessBadge freshness={freshness} /> },
    { title: 'Age / ttl', cell: (group) => <Age group={group} /> },
    { title: 'Covered until', kind: 'minor', cell: ({ coveredUntil }) => <When at={coveredUntil} /> },
    { title: 'Due', kind: 'number', cell: ({ due }) => (due === null || due === 0 ? faint : compact(due)) },
    { title: 'Schedule', kind: 'minor', cell: (group) => <Schedule group={group} now={now} /> },
    { title: 'Last run', cell: (group) => <LastRun group={group} now={now} /> },
    {
      title: 'Entities',
      kind: 'number',
      cell: ({ entities, estimated }) =>
        entities === null ? (
          faint
        ) : (
          <span title={String(entities)}>{`${estimated ? '≈ ' : ''}${compact(entities)}`}</span>
        ),
    },
    { title: 'Type', kind: 'minor', cell: ({ entity, sourceType }) => `${entity} · ${sourceTypeText(sourceType)}` },
    {
      title: 'Version',
      kind: 'minor number',
      cell: ({ liveVersion }) => (liveVersion === null ? faint : `v${liveVersion}`),
    },
  ]
  return <Table label="Groups" columns={columns} rows={groups} id={({ group }) => group} />
}

const faint = <span class="faint">–</span>

/** How much of its ttl the newest value has used up. */
function Age({ group: { ageSeconds, ttlSeconds, newest, freshness } }: { group: OverviewGroup }) {
  if (ageSeconds === null) return faint
  const used = ttlSeconds === null ? null : Math.min(1, ageSeconds / ttlSeconds)
  return (
    <span class="age" title={newest === null ? '' : `newest value: ${newest}`}>
      <span>
        {span(ageSeconds)}
        <span class="muted">{ttlSeconds === null ? '' : ` / ${span(ttlSeconds)}`}</span>
      </span>
      {used !== null && (
        <svg class={`meter ${freshness === 'expired' ? 'bad' : used > 0.8 ? 'wait' : 'good'}`} aria-hidden="true">
          <rect width="100%" height="100%" rx="1.5" class="lane" />
          <rect width={`${used * 100}%`} height="100%" rx="1.5" class="fill" />
        </svg>
      )}
    </span>
  )
}

function Schedule({ group: { schedule, nextTick, scheduledRun }, now }: { group: OverviewGroup; now: Instant }) {
  if (schedule === null) return faint
  return (
    <>
      <code>{schedule}</code>{' '}
      {scheduledRun && (scheduledRun.status === 'failed' || scheduledRun.dead) ? (
        <Badge tone="bad" title={scheduledRun.error ?? ''}>
          failed
        </Badge>
      ) : (
        nextTick && <span class="muted">{ago(nextTick, now)}</span>
      )}
    </>
  )
}

function LastRun({ group: { lastRun }, now }: { group: OverviewGroup; now: Instant }) {
  if (lastRun === null) return faint
  const at = lastRun.completedAt ?? lastRun.startedAt
  return (
    <span title={lastRun.error ?? ''}>
      {lastRun.status !== 'completed' && (
        <>
          <RunBadge run={lastRun} />{' '}
        </>
      )}
      <When at={at} now={now} /> <span class="muted">· {milliseconds(lastRun.durationMs)}</span>
    </span>
  )
}
