/** The runs by schedule that there were: who took which tick of a group, whether they still live, how it ended. */
import { randomUUID } from 'node:crypto'
import { type Database, DatabaseError } from '../db/database.js'
import { ownIdentity } from '../db/process-identity.js'
import { identifier } from '../db/sql.js'
import { isDead, silent } from '../pipeline/jobs.js'

/** What is kept of the last scheduled run of a group and tenant. */
export interface ScheduledRun {
  readonly group: string
  /** The minute that the schedule meant. */
  readonly tick: string
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled'
  /** It says `running`, and its process is gone: the next scheduler that looks runs it again. */
  readonly dead: boolean
  /** How often this tick was begun. */
  readonly attempts: number
  readonly error: string | null
  readonly startedAt: string
  readonly finishedAt: string | null
  /** When a failed one is tried again, unless its next tick comes before. */
  readonly retryAt: string | null
  readonly host: string
  readonly pid: number
}

export interface KeptRun extends ScheduledRun {
  readonly claimedBy: string
  readonly heartbeatAt: string
  /** Milliseconds until it may be tried again, by the database's clock; 0 where that is now. */
  readonly retryIn: number
}

export interface Claim {
  readonly attempts: number
  /** Set off where another has taken it over, because nothing was heard of this process for so long. */
  readonly lost: AbortSignal
  /** @returns false where it was lost */
  finish(outcome: Outcome): Promise<boolean>
}

export type Outcome =
  | { readonly status: 'completed' | 'cancelled' }
  | { readonly status: 'failed'; readonly error: string; readonly retryIn: number }

const session = { role: 'owner' } as const
const heartbeatEvery = 5_000
/** What every minute would otherwise leave of a year. */
const kept = '30 days'

/** By group the newest run, or the one that is under way. */
export async function readScheduledRuns(db: Database, schema: string): Promise<ReadonlyMap<string, KeptRun>> {
  const { rows } = await db.query<Omit<KeptRun, 'dead'> & { silent: boolean }>(
    session,
    `SELECT DISTINCT ON (group_name) group_name AS "group", tick, status, attempts, error_message AS error,
       started_at AS "startedAt", finished_at AS "finishedAt", retry_at AS "retryAt", host, pid,
       claimed_by::text AS "claimedBy", heartbeat_at AS "heartbeatAt", ${silent('r')} AS silent,
       greatest(0, extract(epoch FROM retry_at - clock_timestamp()) * 1000)::float8 AS "retryIn"
     FROM ${identifier(schema)}.scheduled_runs AS r ORDER BY group_name, status <> 'running', tick DESC`,
  )
  return new Map(
    rows.map(({ silent, ...run }) => [
      run.group,
      { ...run, dead: run.status === 'running' && isDead(db, { ...run, silent }) },
    ]),
  )
}

/** What one scheduler takes and gives back. */
export class ScheduledRuns {
  readonly own = randomUUID()
  readonly #db: Database
  readonly #table: string

  constructor({ db, schema }: { readonly db: Database; readonly schema: string }) {
    this.#db = db
    this.#table = `${identifier(schema)}.scheduled_runs`
  }

  /** Its process died, and has not been heard of since this was read. */
  async bury({ group, tick, claimedBy, heartbeatAt }: KeptRun): Promise<void> {
    await this.#db.query(
      session,
      `UPDATE ${this.#table} SET status = 'failed', error_message = 'its process died', finished_at = clock_timestamp(),
         retry_at = clock_timestamp()
       WHERE group_name = $1 AND tick = $2 AND claimed_by = $3 AND heartbeat_at = $4 AND status = 'running'`,
      [group, tick, claimedBy, heartbeatAt],
    )
  }

  /** @returns undefined where another has it, or has been ahead of us */
  async claim(group: string, tick: string): Promise<Claim | undefined> {
    const { host, pid } = ownIdentity()
    const taken = this.#db.query<{ attempts: number }>(
      session,
      `INSERT INTO ${this.#table} AS r (group_name, tick, status, claimed_by, host, pid)
       SELECT $1, $2::timestamptz, 'running', $3, $4, $5
       WHERE NOT EXISTS (SELECT FROM ${this.#table} WHERE group_name = $1 AND tick > $2::timestamptz)
       ON CONFLICT (group_name, tick) DO UPDATE SET status = 'running', attempts = r.attempts + 1,
         claimed_by = excluded.claimed_by, host = excluded.host, pid = excluded.pid, error_message = NULL,
         started_at = clock_timestamp(), heartbeat_at = clock_timestamp(), finished_at = NULL, retry_at = NULL
       WHERE r.status IN ('failed', 'cancelled') OR r.status = 'running' AND r.claimed_by = excluded.claimed_by
       RETURNING attempts`,
      [group, tick, this.own, host, pid],
    )
    const { rows } = await taken.catch((error: unknown) => {
      // The group has a run under way, of another tick.
      if (error instanceof DatabaseError && error.code === '23505') return { rows: [] }
      throw error
    })
    return rows[0] === undefined ? undefined : this.#hold(group, tick, rows[0].attempts)
  }

  #hold(group: string, tick: string, attempts: number): Claim {
    const lost = new AbortController()
    const own = "WHERE group_name = $1 AND tick = $2 AND claimed_by = $3 AND status = 'running'"
    const key = [group, tick, this.own]
    const beat = async () => {
      const sql = `UPDATE ${this.#table} SET heartbeat_at = clock_timestamp() ${own}`
      if ((await this.#db.query(session, sql, key)).count === 0) lost.abort()
    }
    const timer = setInterval(() => void beat().catch(() => {}), heartbeatEvery).unref()
    return {
      attempts,
      lost: lost.signal,
      finish: async (outcome) => {
        clearInterval(timer)
        const [error, retryIn] = outcome.status === 'failed' ? [outcome.error, outcome.retryIn] : [null, 0]
        const { count } = await this.#db.query(
          session,
          `UPDATE ${this.#table} SET status = $4, error_message = $5, finished_at = clock_timestamp(),
             retry_at = CASE WHEN $4 <> 'completed' THEN clock_timestamp() + $6 * interval '1 millisecond' END ${own}`,
          [...key, outcome.status, error, retryIn],
        )
        if (outcome.status === 'completed') await this.#forget(group)
        return count > 0
      },
    }
  }

  async #forget(group: string): Promise<void> {
    await this.#db.query(
      session,
      `DELETE FROM ${this.#table} WHERE group_name = $1 AND status <> 'running'
         AND tick < (SELECT max(tick) FROM ${this.#table} WHERE group_name = $1) - interval '${kept}'`,
      [group],
    )
  }
}
