/** Rows that broke a rule: never written as features, never lost. */
import { identifier } from '../db/sql.js'
import type { Statement } from '../transform/statement.js'
import type { WindowWrite } from './window-write.js'

/** Rejected rows are kept as they stand after the window's last run; a run that changes nothing writes nothing. */
export function addRejected(statement: Statement, write: WindowWrite): void {
  const { compiled, schemas, bindings } = write
  const table = `${identifier(schemas.registry)}.rejected_rows`
  const window = {
    tenant_id: statement.bind(bindings.tenant_id),
    group_name: statement.bind(compiled.group.name),
    fingerprint: statement.bind(compiled.definition.fingerprint),
    window_start: `${statement.bind(bindings.start_time)}::timestamptz`,
    window_end: `${statement.bind(bindings.end_time)}::timestamptz`,
  }
  const ofWindow = Object.entries(window).map(([column, value]) => `r.${column} = ${value}`)
  const same = 'r.content = f.content AND r.reasons = f.reasons'
  statement.add(`faulty AS (SELECT to_jsonb(yielded) - 'fstore_reasons' AS content, fstore_reasons AS reasons
    FROM yielded WHERE fstore_reasons IS NOT NULL)`)
  if (write.again)
    statement.add(`,\nmended AS (DELETE FROM ${table} AS r WHERE ${ofWindow.join(' AND ')}
      AND NOT EXISTS (SELECT FROM faulty AS f WHERE ${same}))`)
  statement.add(`,\nrejected AS (INSERT INTO ${table} (${Object.keys(window).join(', ')}, job_id, created_at, reasons, content)
    SELECT ${Object.values(window).join(', ')}, ${statement.bind(write.jobId)}::bigint,
      ${statement.bind(write.stamp)}::timestamptz, reasons, content FROM faulty AS f`)
  if (write.again)
    statement.add(` WHERE NOT EXISTS (SELECT FROM ${table} AS r WHERE ${ofWindow.join(' AND ')} AND ${same})`)
  statement.add(')')
}
