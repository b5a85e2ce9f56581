/** Jobs as they are looked at: newest first, each with how far it got and what became of it. */
import { didYouMean } from '../config/did-you-mean.js'
import { parseInstant, toMicroseconds } from '../config/instant.js'
import type { Database } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { isDead, type JobScope, silent } from './jobs.js'

export const jobStatuses = ['running', 'completed', 'failed', 'cancelled'] as const

/** Where a job stands. */
export type JobStatus = (typeof jobStatuses)[number]

/** One run over the windows of a group, for one tenant. */
export interface JobRecord {
  readonly id: number
  readonly tenant: string
  readonly group: string
  readonly version: number
  readonly fingerprint: string
  /** `full`: windows named, whether or not they had run; `incremental`: those that were due. */
  readonly type: 'full' | 'incremental'
  readonly start: string
  readonly end: string
  readonly status: JobStatus
  /** It says `running`, and its process is gone: the next build marks it failed and runs its windows again. */
  readonly dead: boolean
  readonly windowsTotal: number
  readonly windowsDone: number
  /** 0 to 1. */
  readonly progress: number
  readonly rowsProcessed: number
  readonly rowsWritten: number
  readonly rowsSuperseded: number
  readonly rowsRejected: number
  readonly error: string | null
  readonly startedAt: string
  readonly completedAt: string | null
  /** Until now for one that runs. */
  readonly durationMs: number
  readonly heartbeatAt: string
  readonly host: string
  readonly pid: number
}

/** Which jobs are listed; the newest 20 when absent. */
export interface JobFilter {
  readonly group?: string | undefined
  readonly status?: string | undefined
  /** Begun then or later; a timestamp with a time zone. */
  readonly since?: string | undefined
  /** Older than the job of this id: the next page of a list. */
  readonly before?: number | undefined
  /** 20 when absent. */
  readonly limit?: number | undefined
}

type JobRow = Omit<JobRecord, 'dead' | 'progress' | 'durationMs'> & { silent: boolean; now: string }

/** Newest first. @throws FstoreError USAGE, TIMESTAMP_INVALID */
export async function listJobs({ db, schema, tenant }: JobScope, filter: JobFilter = {}): Promise<JobRecord[]> {
  const { group, status, before, limit = 20 } = filter
  if (status !== undefined && !jobStatuses.includes(status as JobStatus))
    throw new FstoreError('USAGE', `A job is never "${status}".`, {
      fix: didYouMean(status, jobStatuses) || `One of: ${jobStatuses.join(', ')}.`,
    })
  const since = filter.since === undefined ? null : parseInstant(filter.since)
  const { rows } = await db.query<JobRow>(
    { role: 'app', tenant, readOnly: true },
    `${selectJobs(schema)}
     WHERE j.tenant_id = $1 AND ($2::text IS NULL OR j.group_name = $2) AND ($3::text IS NULL OR j.status = $3)
       AND ($4::timestamptz IS NULL OR j.started_at >= $4) AND ($5::bigint IS NULL OR j.id < $5)
     ORDER BY j.id DESC LIMIT $6`,
    [tenant, group ?? null, status ?? null, since, before ?? null, limit],
  )
  return rows.map((row) => recordOf(db, row))
}

/** Of each group the newest, however many groups there are in one question. */
export async function newestJobs(
  { db, schema, tenant }: JobScope,
  groups: readonly string[],
): Promise<ReadonlyMap<string, JobRecord>> {
  const { rows } = await db.query<JobRow>(
    { role: 'app', tenant, readOnly: true },
    `${selectJobs(schema)} JOIN unnest($2::text[]) AS asked (name) ON j.id = (SELECT newest.id
       FROM ${identifier(schema)}.jobs AS newest WHERE newest.tenant_id = $1 AND newest.group_name = asked.name
       ORDER BY newest.id DESC LIMIT 1)
     WHERE j.tenant_id = $1`,
    [tenant, groups],
  )
  return new Map(rows.map((row) => [row.group, recordOf(db, row)]))
}

function selectJobs(schema: string): string {
  const s = identifier(schema)
  return `SELECT j.id, j.tenant_id AS tenant, j.group_name AS "group", v.version, j.fingerprint, j.job_type AS type,
       j.start_time AS start, j.end_time AS "end", j.status, j.windows_total AS "windowsTotal",
       j.windows_done AS "windowsDone", j.rows_processed AS "rowsProcessed", j.rows_written AS "rowsWritten",
       j.rows_superseded AS "rowsSuperseded", j.rows_rejected AS "rowsRejected", j.error_message AS error,
       j.started_at AS "startedAt", j.completed_at AS "completedAt", j.heartbeat_at AS "heartbeatAt", j.host, j.pid,
       ${silent('j')} AS silent, clock_timestamp() AS now
     FROM ${s}.jobs AS j JOIN ${s}.versions AS v ON v.group_name = j.group_name AND v.fingerprint = j.fingerprint`
}

function recordOf(db: Database, { silent, now, ...job }: JobRow): JobRecord {
  return {
    ...job,
    dead: job.status === 'running' && isDead(db, { ...job, silent }),
    progress: job.windowsTotal === 0 ? 1 : Math.min(1, job.windowsDone / job.windowsTotal),
    durationMs: Number((toMicroseconds(job.completedAt ?? now) - toMicroseconds(job.startedAt)) / 1000n),
  }
}
