import { digits } from '../../config/digits.js'
import type { JobRecord } from '../../pipeline/job-list.js'
import type { GroupStatus, StoreStatus } from '../../plan/status.js'
import { ago, relative, since, span } from '../ago.js'
import { barsOf } from '../bars.js'
import { count, instant } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { noteUnknownTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { colors, printAside, printJson, printWarning } from '../output.js'
import { type Column, pairs, printTable } from '../table.js'
import { signedState } from './jobs.js'

export async function run(options: Globals): Promise<number> {
  return withStore(options, async ({ store }) => {
    const status = await store.status()
    if (options.json) printJson({ ...status, database: { ...status.database, place: store.place } })
    else print(status, store.place, status.migrations.applied === 0 ? [] : await store.jobs({ limit: 500 }))
    await noteUnknownTenant(store)
    return 0
  })
}

const engines = { pglite: 'PostgreSQL (PGlite)', postgres: 'PostgreSQL' }

function print(status: StoreStatus, place: string, jobs: readonly JobRecord[]): void {
  const { project, tenant, database, redis, migrations, tenants, groups, problem } = status
  const c = colors(process.stdout)
  printAside(`${c.bold(project)}, tenant ${tenant}`)
  const pending = migrations.pending.length === 0 ? 'up to date' : `pending: ${migrations.pending.join(', ')}`
  const suspended = tenants.suspended === 0 ? '' : `, ${tenants.suspended} suspended`
  const lines: [string, string][] = [
    ['database', `${glyph.good} ${engines[database.kind]} ${database.version}, ${place}, reachable`],
    ...(redis === undefined ? [] : [['redis', redisLine(redis)] as [string, string]]),
    [
      'schema',
      `${migrations.pending.length === 0 ? glyph.good : glyph.odd} ${count(migrations.applied, 'migration')} applied, ${pending}`,
    ],
    ['tenants', `${tenants.active} active${suspended}`],
    ...schedules(groups),
  ]
  printAside(pairs(lines))
  printAside('')
  printTable({ columns: columnsWith(jobs), rows: groups, fields })
  for (const { scheduledRun } of groups) if (scheduledRun?.error) printWarning(missed(scheduledRun))
  for (const { group, waitsFor } of groups)
    if (waitsFor !== undefined)
      printWarning(
        `${group}: version ${waitsFor.version} waits for ${waitsFor.tenants.join(', ')}; \`fstore build --all-tenants\` fills what is missing`,
      )
  if (problem !== undefined) printWarning(`which windows are due is not known: ${problem}`)
}

function schedules(groups: readonly GroupStatus[]): [string, string][] {
  const scheduled = groups.filter(({ schedule }) => schedule !== null)
  if (scheduled.length === 0) return []
  const ran = scheduled.flatMap(({ scheduledRun }) => scheduledRun?.startedAt ?? []).sort()
  const last = ran.length === 0 ? 'none has been run by `fstore schedule`' : `last run ${ago(ran.at(-1) as string)}`
  const [next] = scheduled
    .flatMap(({ group, nextTick }) => (nextTick === null ? [] : [`${nextTick} (${group})`]))
    .sort()
  return [['schedules', `${count(scheduled.length, 'group')}, ${last}${next === undefined ? '' : `, next ${next}`}`]]
}

function missed({ group, tick, error, retryAt }: NonNullable<GroupStatus['scheduledRun']>): string {
  return `${group}: its run of ${tick} failed: ${error}${retryAt === null ? '' : `; it is tried again from ${retryAt} on`}`
}

function redisLine({ reachable, why, lagSeconds, unsent }: NonNullable<StoreStatus['redis']>): string {
  if (!reachable) return `${glyph.bad} cannot be reached (${why?.replace(/\.$/, '')}); reads go to Postgres`
  const lag = lagSeconds === null ? [] : [lagSeconds === 0 ? 'has every write' : `${span(lagSeconds)} behind`]
  const missing = unsent.length === 0 ? [] : [`not there: ${unsent.join(', ')}; run fstore sync`]
  const sign = missing.length === 0 && !lagSeconds ? glyph.good : glyph.odd
  return `${sign} ${['reachable', ...lag, ...missing].join(', ')}`
}

const signs = {
  fresh: glyph.good,
  complete: glyph.good,
  due: glyph.odd,
  overdue: glyph.odd,
  expired: glyph.bad,
  'not built': glyph.none,
}

function columnsWith(jobs: readonly JobRecord[]): Column<GroupStatus>[] {
  const completed = jobs.filter(({ status }) => status === 'completed')
  const recent = (group: GroupStatus) => recentRows(completed, group)
  return [
    { head: 'group', cell: ({ group }) => group, cut: true },
    { head: 'live', cell: ({ liveVersion }) => (liveVersion === null ? '-' : `v${liveVersion}`), drop: 2 },
    { head: 'rows', cell: (group) => amount(group.rows, group), right: true },
    { head: 'entities', cell: (group) => amount(group.entities, group), right: true, drop: 4 },
    {
      head: 'newest value',
      cell: ({ newest, ageSeconds }) => (newest === null ? '-' : `${instant(newest)} · ${relative(ageSeconds ?? 0)}`),
      short: ({ newest, ageSeconds }) => (newest === null ? '-' : relative(ageSeconds ?? 0)),
      drop: 1,
    },
    {
      head: 'freshness',
      cell: (group) => `${signs[group.freshness]} ${freshness(group)}`,
      short: (group) => `${signs[group.freshness]} ${group.freshness}`,
    },
    { head: 'last run', cell: (group) => lastRun(group, ago), short: (group) => lastRun(group, since), drop: 3 },
    // One run is no line.
    ...(new Set(completed.map(({ group }) => group)).size < completed.length
      ? [{ head: 'rows of runs', cell: recent, drop: 5 }]
      : []),
  ]
}

/** Runs whose rows are drawn, at most. */
const most = 12

/** Of the last runs, oldest first, and the last of them in figures: `▂▃▂▅ 1,203`. */
function recentRows(jobs: readonly JobRecord[], { group }: GroupStatus): string {
  const rows = jobs.flatMap((job) => (job.group === group ? [job.rowsProcessed] : []))
  const [last] = rows
  if (last === undefined) return '-'
  return `${barsOf(process.env).spark(rows.slice(0, most).reverse())} ${digits(last)}`
}

const fields = {
  group: ({ group }: GroupStatus) => group,
  live_version: ({ liveVersion }: GroupStatus) => liveVersion,
  rows: ({ rows }: GroupStatus) => rows,
  entities: ({ entities }: GroupStatus) => entities,
  newest: ({ newest }: GroupStatus) => newest,
  age_seconds: ({ ageSeconds }: GroupStatus) => ageSeconds,
  freshness: ({ freshness }: GroupStatus) => freshness,
  windows_due: ({ due }: GroupStatus) => due,
  last_run_status: ({ lastRun }: GroupStatus) => lastRun?.status,
  last_run_started_at: ({ lastRun }: GroupStatus) => lastRun?.startedAt,
}

/** Counting takes long where there is much. */
function amount(rows: number | null, { liveVersion }: GroupStatus): string {
  if (liveVersion === null) return '-'
  return rows === null ? 'many' : digits(rows)
}

function freshness({ freshness: state, due, ttlSeconds, schedule }: GroupStatus): string {
  const notes = [
    ...(state === 'expired' ? [`ttl ${span(ttlSeconds ?? 0)}`] : []),
    ...(state === 'overdue' ? [`schedule ${schedule}`] : []),
    ...(due !== null && due > 0 ? [`${count(due, 'window')} due`] : []),
  ]
  return notes.length === 0 ? state : `${state}: ${notes.join(', ')}`
}

function lastRun({ lastRun: job }: GroupStatus, when: typeof ago): string {
  return job === null ? '-' : `${signedState(job)} ${when(job.completedAt ?? job.startedAt)}`
}
