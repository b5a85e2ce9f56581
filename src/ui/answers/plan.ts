/** `plan`: what a build would do. */
import type { PlannedGroup as Planned } from '../../plan/report.js'
import type { Asked } from '../asked.js'
import type { PlanAnswer, PlannedGroup } from '../model.js'

export async function plan({ store }: Asked): Promise<PlanAnswer> {
  const { plan, changes, migrations, groups } = await store.planReport()
  return { tenant: plan.tenant, now: plan.now, changes, migrations, groups: groups.map(plannedGroup) }
}

function plannedGroup({ features, sql, backfill, waitsFor = [], ...group }: Planned): PlannedGroup {
  const [first, last] = [backfill?.spans[0], backfill?.spans.at(-1)]
  return {
    ...group,
    waitsFor,
    change: { features, sql },
    backfill:
      backfill === null || first === undefined || last === undefined
        ? null
        : { start: first[0], end: last[1], windows: backfill.windows, rows: backfill.rows },
  }
}
