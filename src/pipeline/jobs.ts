/** Jobs: the record of each run over a group's windows, who runs it, and what became of it. */
import type { Database } from '../db/database.js'
import { mayRun, ownIdentity } from '../db/process-identity.js'
import { identifier } from '../db/sql.js'

export interface JobScope {
  readonly db: Database
  /** The registry's schema. */
  readonly schema: string
  readonly tenant: string
}

export interface Job {
  readonly id: number
  finish(outcome: { status: 'completed' | 'cancelled' } | { status: 'failed'; error: string }): Promise<void>
}

const heartbeatEvery = 5_000
/** A job that has been silent for so long is held to be dead, even on a host we cannot look at. */
const silence = '60 seconds'

/** SQL: whether a row of the jobs' table has been silent for too long. */
export function silent(alias: string): string {
  return `${alias}.heartbeat_at < clock_timestamp() - interval '${silence}'`
}

/** Opens a job and keeps its heartbeat going until it is finished. */
export async function startJob(
  scope: JobScope,
  job: {
    group: string
    fingerprint: string
    type: 'full' | 'incremental'
    start: string
    end: string
    windows: number
  },
): Promise<Job> {
  const { db, tenant } = scope
  const table = `${identifier(scope.schema)}.jobs`
  const session = { role: 'app', tenant } as const
  const { host, pid } = ownIdentity()
  const { rows } = await db.query<{ id: number }>(
    session,
    `INSERT INTO ${table} (tenant_id, group_name, fingerprint, job_type, start_time, end_time, windows_total, host, pid)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [tenant, job.group, job.fingerprint, job.type, job.start, job.end, job.windows, host, pid],
  )
  const id = (rows[0] as { id: number }).id
  const beat = () =>
    void db.query(session, `UPDATE ${table} SET heartbeat_at = clock_timestamp() WHERE id = $1`, [id]).catch(() => {})
  // PGlite has one connection, and its lock file already tells who holds it.
  const timer = db.kind === 'postgres' ? setInterval(beat, heartbeatEvery).unref() : undefined
  return {
    id,
    async finish(outcome) {
      clearInterval(timer)
      await db.query(
        session,
        `UPDATE ${table} SET status = $2, error_message = $3, completed_at = clock_timestamp() WHERE id = $1`,
        [id, outcome.status, 'error' in outcome ? outcome.error : null],
      )
    },
  }
}

interface Running {
  id: number
  group_name: string
  host: string
  pid: number
  silent: boolean
}

/** Marks jobs failed whose process is gone. What they had committed stays; what they had not is due again. */
export async function failDeadJobs({ db, schema, tenant }: JobScope): Promise<number> {
  const table = `${identifier(schema)}.jobs`
  const session = { role: 'app', tenant } as const
  const running = await db.query<Running>(
    session,
    `SELECT id, group_name, host, pid, ${silent('j')} AS silent FROM ${table} AS j WHERE status = 'running'`,
  )
  const dead = running.rows.filter((job) => isDead(db, job)).map(({ id }) => id)
  if (dead.length === 0) return 0
  await db.query(
    session,
    `UPDATE ${table} SET status = 'failed', error_message = 'its process died', completed_at = clock_timestamp()
     WHERE id = ANY ($1) AND status = 'running'`,
    [dead],
  )
  return dead.length
}

/** A job of our own pid may be a process's before us: in a container each is number 1. It too falls silent. */
export function isDead(db: Database, { host, pid, silent }: Pick<Running, 'host' | 'pid' | 'silent'>): boolean {
  const own = ownIdentity()
  if (silent) return true
  if (pid === own.pid && host === own.host) return false
  return db.kind === 'pglite' || !mayRun({ pid, host, command: '' })
}

/** Who else is at work on a group, for the message of a job that has to wait. */
export async function holderOf({ db, schema, tenant }: JobScope, group: string, own: Job): Promise<string | undefined> {
  const { rows } = await db.query<Running>(
    { role: 'app', tenant },
    `SELECT id, host, pid FROM ${identifier(schema)}.jobs
     WHERE status = 'running' AND group_name = $1 AND id <> $2 ORDER BY id LIMIT 1`,
    [group, own.id],
  )
  const job = rows[0]
  return job && `job ${job.id} (pid ${job.pid} on ${job.host})`
}
