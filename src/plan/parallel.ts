/** How many windows of a group run at the same time: as many as are asked for, where the database lets them. */
import type { Database } from '../db/database.js'
import { FstoreError } from '../errors.js'

export interface Width {
  readonly windows: number
  /** Why it is fewer than asked for. */
  readonly note?: string
}

/** @throws FstoreError USAGE */
export async function widthOf(db: Database, parallel = 1): Promise<Width> {
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new FstoreError('USAGE', `${parallel} windows cannot run at the same time.`, {
      fix: 'Write a whole number, such as 4.',
    })
  if (parallel === 1) return { windows: 1 }
  if (db.kind === 'pglite')
    return { windows: 1, note: 'The embedded database runs one window after another: parallel is ignored.' }
  if (!(await mayStage(db))) return { windows: 1, note: notStaging }
  // One stays free for the job's heartbeat.
  const most = Math.max(1, db.connections - 1)
  if (parallel <= most) return { windows: parallel }
  return { windows: most, note: `The pool has connections for ${most}, not ${parallel} windows at the same time.` }
}

const notStaging =
  'fstore_app may not make temporary tables, so windows run one after another: GRANT TEMPORARY ON DATABASE … TO fstore_app.'

/** Of a role that is not there yet nothing is known: what every role may do is the rule. */
async function mayStage(db: Database): Promise<boolean> {
  const { rows } = await db.query<{ may: boolean }>(
    { role: 'owner', readOnly: true },
    `SELECT coalesce(bool_and(has_database_privilege(oid, current_database(), 'TEMP')), true) AS may
     FROM pg_roles WHERE rolname = 'fstore_app'`,
  )
  return rows[0]?.may === true
}
