/** A window that ran before: what differs is superseded and written, and the latest rows it touched are found again. */
import { Statement } from '../transform/statement.js'
import { duplicates } from './duplicate.js'
import { addRejected } from './rejected.js'
import { addCounts, replaceLatest, type WindowWrite } from './window-write.js'
import { addYielded, insideWindow } from './yielded.js'

export function rewrite(write: WindowWrite): Statement {
  const statement = new Statement()
  const { table } = write.compiled
  const { keys, features } = table
  statement.add('WITH ')
  addYielded(statement, write)
  addRejected(statement, write)
  const tenant = statement.bind(write.bindings.tenant_id)
  const stamp = `${statement.bind(write.stamp)}::timestamptz`
  const identity = [...keys, 'event_timestamp']
  const same = identity.map((column) => `y.${column} = c.${column}`).join(' AND ')
  const row = (alias: string) => `ROW(${features.map((column) => `${alias}.${column}`).join(', ')})`
  statement.add(`,
  current AS (SELECT ${[...identity, 'created_at', ...features].join(', ')} FROM ${table.history}
    WHERE tenant_id = ${tenant} AND superseded_at IS NULL AND ${insideWindow(statement, write)}),
  differing AS MATERIALIZED (SELECT
      ${identity.map((column) => `COALESCE(y.${column}, c.${column}) AS ${column}`).join(', ')},
      ${features.map((column) => `y.${column}`).join(', ')}, y.fstore_here, c.created_at AS fstore_old
    FROM (SELECT true AS fstore_here, * FROM valid) AS y FULL JOIN current AS c ON ${same}
    WHERE y.fstore_here IS NULL OR c.created_at IS NULL OR ${row('y')} IS DISTINCT FROM ${row('c')}),
  superseded AS (UPDATE ${table.history} AS h SET superseded_at = ${stamp} FROM differing AS d
    WHERE d.fstore_old IS NOT NULL AND h.tenant_id = ${tenant} AND h.created_at = d.fstore_old AND ${insideWindow(statement, write, 'h.')}
      AND ${identity.map((column) => `h.${column} = d.${column}`).join(' AND ')} RETURNING 1),
  written AS (INSERT INTO ${table.history} (tenant_id, created_at, job_id, ${[...identity, ...features].join(', ')})
    SELECT ${tenant}, ${stamp}, ${statement.bind(write.jobId)}::bigint, ${[...identity, ...features].join(', ')}
    FROM differing WHERE fstore_here RETURNING 1)`)
  addCounts(statement, write, '(SELECT count(*) FROM superseded)', `(${duplicates(write.compiled)})`)
  return statement
}

/** The latest rows of the entities just touched, from history again; a tombstone where nothing remains. */
export function deriveLatest(write: WindowWrite): Statement {
  const statement = new Statement()
  const { table } = write.compiled
  const { keys, features } = table
  const tenant = statement.bind(write.bindings.tenant_id)
  const stamp = `${statement.bind(write.stamp)}::timestamptz`
  const values = ['event_timestamp', 'created_at', 'job_id', ...features]
  return statement.add(`
  WITH touched AS (SELECT DISTINCT ON (${keys.join(', ')}) ${keys.join(', ')}, event_timestamp FROM ${table.history}
    WHERE tenant_id = ${tenant} AND ${insideWindow(statement, write)}
      AND (created_at = ${stamp} OR superseded_at = ${stamp})
    ORDER BY ${keys.join(', ')}, event_timestamp DESC)
  INSERT INTO ${table.latest} AS l (tenant_id, ${keys.join(', ')}, ${values.join(', ')}, superseded_at, written_at)
  SELECT ${tenant}, ${keys.map((key) => `t.${key}`).join(', ')}, COALESCE(h.event_timestamp, t.event_timestamp),
    COALESCE(h.created_at, ${stamp}), h.job_id, ${features.map((column) => `h.${column}`).join(', ')}${features.length > 0 ? ', ' : ''}
    CASE WHEN h.created_at IS NULL THEN ${stamp} END, ${stamp}
  FROM touched AS t LEFT JOIN LATERAL (SELECT ${values.join(', ')} FROM ${table.history} AS h
    WHERE h.tenant_id = ${tenant} AND ${keys.map((key) => `h.${key} = t.${key}`).join(' AND ')}
      AND h.superseded_at IS NULL ORDER BY h.event_timestamp DESC, h.created_at DESC LIMIT 1) AS h ON true
  ON CONFLICT (tenant_id, ${keys.join(', ')}) DO UPDATE SET ${replaceLatest(write)}
  WHERE (l.event_timestamp, l.created_at, l.superseded_at) IS DISTINCT FROM
    (excluded.event_timestamp, excluded.created_at, excluded.superseded_at)`)
}
