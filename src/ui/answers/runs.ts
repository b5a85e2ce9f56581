/** `runs`: jobs, the newest first; `coverage`: what they have left covered. */
import { orNothing } from '../../registry/migrated.js'
import type { Asked } from '../asked.js'
import type { CoverageAnswer, RunsAnswer } from '../model.js'
import { jobRun } from '../run.js'

export async function runs({ store, query }: Asked): Promise<RunsAnswer> {
  const limit = query.number('limit', 100, 1_000)
  const filter = { group: query.text('group'), status: query.text('status'), since: query.text('since') }
  const before = query.text('before') === undefined ? undefined : query.number('before', 1, Number.MAX_SAFE_INTEGER)
  const jobs = await orNothing(store.jobs({ ...filter, before, limit: limit + 1 }), [])
  const shown = jobs.slice(0, limit).map(jobRun)
  return { tenant: store.tenant, now: new Date().toISOString(), runs: shown, more: jobs.length > limit }
}

export async function coverage({ store }: Asked): Promise<CoverageAnswer> {
  return { tenant: store.tenant, ...(await store.coverage()) }
}
