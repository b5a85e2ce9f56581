/** A window that never ran: nothing to compare with, so rows go straight in. */
import { Statement } from '../transform/statement.js'
import { addRejected } from './rejected.js'
import { addCounts, replaceLatest, type WindowWrite } from './window-write.js'
import { addYielded } from './yielded.js'

export function append(write: WindowWrite): Statement {
  const statement = new Statement()
  const { table } = write.compiled
  statement.add('WITH ')
  addYielded(statement, write)
  addRejected(statement, write)
  const values = [...table.keys, 'event_timestamp', ...table.features].join(', ')
  const columns = `tenant_id, created_at, job_id, ${values}`
  const row = `${statement.bind(write.bindings.tenant_id)}, ${statement.bind(write.stamp)}::timestamptz,
    ${statement.bind(write.jobId)}::bigint`
  statement.add(`,\nwritten AS (INSERT INTO ${table.history} (${columns}) SELECT ${row}, ${values} FROM valid
    RETURNING 1),\n`)
  const keys = table.keys.join(', ')
  const newest = write.shape.ownTimestamp
    ? `SELECT DISTINCT ON (${keys}) ${values} FROM valid ORDER BY ${keys}, event_timestamp DESC`
    : `SELECT ${values} FROM valid`
  statement.add(`latest AS (INSERT INTO ${table.latest} AS l (${columns}, written_at)
    SELECT ${row}, ${values}, ${statement.bind(write.stamp)}::timestamptz FROM (${newest}) AS newest
    ON CONFLICT (tenant_id, ${keys}) DO UPDATE SET ${replaceLatest(write)}
    WHERE l.superseded_at IS NOT NULL OR excluded.event_timestamp >= l.event_timestamp)`)
  addCounts(statement, write, '0', 'NULL')
  return statement
}
