/** `overview`: how everything stands. */
import type { Asked } from '../asked.js'
import type { Freshness, Overview, OverviewGroup, ScheduledRun } from '../model.js'
import { jobRun } from '../run.js'

/** What needs a person comes first. */
const urgency: Readonly<Record<Freshness, number>> = {
  expired: 0,
  overdue: 1,
  due: 2,
  'not built': 3,
  fresh: 4,
  complete: 5,
}

export async function overview({ store, version }: Asked): Promise<Overview> {
  const { now, databaseVersion, redis, migrations, tenants, groups, runs, problem } = await store.overview()
  const { project, tenant } = store
  const own = { tenant, displayName: null, status: 'active' } as const
  const known = tenants.map(({ tenant, displayName, status }) => ({ tenant, displayName, status }))
  const declared = new Map(project.groups.map((group) => [group.name, group]))
  const shown = groups.map(({ scheduledRun, lastRun, ...glance }): OverviewGroup => {
    const group = declared.get(glance.group)
    return {
      ...glance,
      sourceType: group?.sourceType ?? 'batch',
      owner: group?.owner ?? null,
      status: group?.status ?? 'active',
      features: group?.features.length ?? 0,
      scheduledRun: scheduledRun && scheduled(scheduledRun),
      lastRun: lastRun && jobRun(lastRun),
    }
  })
  return {
    project: project.name,
    version,
    tenant,
    tenants: known.some((one) => one.tenant === tenant) ? known : [own, ...known],
    now,
    database: { kind: store.databaseKind, version: databaseVersion, place: store.place },
    redis: redis ?? null,
    migrations,
    groups: shown.sort((a, b) => urgency[a.freshness] - urgency[b.freshness] || (a.group < b.group ? -1 : 1)),
    onDemand: project.onDemand.map(({ name }) => name),
    runs: runs.map(jobRun),
    problem: problem ?? null,
  }
}

/** Without who saw to it. */
function scheduled({ tick, status, dead, error }: ScheduledRun): ScheduledRun {
  return { tick, status, dead, error }
}
