/** A job as the page shows it: without which process ran it. */
import type { JobRecord } from '../pipeline/job-list.js'
import type { JobRun } from './model.js'

export function jobRun(job: JobRecord): JobRun {
  const { tenant: _, fingerprint: __, heartbeatAt: ___, host: ____, pid: _____, ...run } = job
  return run
}
