import type { GroupStatus, StoreStatus } from '../../plan/status.js'
import { ago, relative, span } from '../ago.js'
import { count, instant } from '../format.js'
import type { Globals } from '../globals.js'
import { noteUnknownTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { colors, printJson, printResult, printWarning } from '../output.js'
import { table } from '../table.js'
import { stateOf } from './jobs.js'

export async function run(options: Globals): Promise<number> {
  return withStore(options, async ({ store }) => {
    const status = await store.status()
    if (options.json) printJson({ ...status, database: { ...status.database, place: store.place } })
    else print(status, store.place)
    await noteUnknownTenant(store)
    return 0
  })
}

const engines = { pglite: 'PostgreSQL (PGlite)', postgres: 'PostgreSQL' }

function print(status: StoreStatus, place: string): void {
  const { project, tenant, database, redis, migrations, tenants, groups, problem } = status
  const c = colors(process.stdout)
  printResult(`${c.bold(project)}, tenant ${tenant}`)
  const pending = migrations.pending.length === 0 ? 'up to date' : `pending: ${migrations.pending.join(', ')}`
  const suspended = tenants.suspended === 0 ? '' : `, ${tenants.suspended} suspended`
  const lines = [
    ['database', `${engines[database.kind]} ${database.version}, ${place}, reachable`],
    ...(redis === undefined ? [] : [['redis', redisLine(redis)]]),
    ['schema', `${count(migrations.applied, 'migration')} applied, ${pending}`],
    ['tenants', `${tenants.active} active${suspended}`],
    ...schedules(groups),
  ]
  printResult(table([], lines))
  printResult('')
  printResult(
    table(['group', 'live', 'rows', 'entities', 'newest value', 'freshness', 'last run'], groups.map(row), [2, 3]),
  )
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
  if (!reachable) return `cannot be reached (${why?.replace(/\.$/, '')}); reads go to Postgres`
  const lag = lagSeconds === null ? [] : [lagSeconds === 0 ? 'has every write' : `${span(lagSeconds)} behind`]
  const missing = unsent.length === 0 ? [] : [`not there: ${unsent.join(', ')}; run fstore sync`]
  return ['reachable', ...lag, ...missing].join(', ')
}

function row(group: GroupStatus): string[] {
  return [
    group.group,
    group.liveVersion === null ? '-' : `v${group.liveVersion}`,
    amount(group.rows, group),
    amount(group.entities, group),
    group.newest === null ? '-' : `${instant(group.newest)} (${relative(group.ageSeconds ?? 0)})`,
    freshness(group),
    lastRun(group),
  ]
}

/** Counting takes long where there is much. */
function amount(rows: number | null, { liveVersion }: GroupStatus): string {
  if (liveVersion === null) return '-'
  return rows === null ? 'many' : rows.toLocaleString('en-US')
}

function freshness({ freshness: state, due, ttlSeconds, schedule }: GroupStatus): string {
  const notes = [
    ...(state === 'expired' ? [`ttl ${span(ttlSeconds ?? 0)}`] : []),
    ...(state === 'overdue' ? [`schedule ${schedule}`] : []),
    ...(due !== null && due > 0 ? [`${count(due, 'window')} due`] : []),
  ]
  return notes.length === 0 ? state : `${state}: ${notes.join(', ')}`
}

function lastRun({ lastRun: job }: GroupStatus): string {
  return job === null ? '-' : `${stateOf(job)} ${ago(job.completedAt ?? job.startedAt)}`
}
