/** All that work on a store leaves in its database, but for when, by which job, and how often it was tried. */
import type { Database, Row } from '../../src/db/database.js'

const tables = `SELECT schemaname || '.' || quote_ident(tablename) AS name FROM pg_tables
  WHERE schemaname IN ('fstore_offline', 'fstore_online') AND tablename ~ '__[0-9a-f]{12}$' ORDER BY 1`
const views = `SELECT schemaname || '.' || quote_ident(viewname) AS name FROM pg_views
  WHERE schemaname IN ('fstore_offline', 'fstore_online') ORDER BY 1`
const stamps = `'{created_at,superseded_at,job_id,written_at,xid}'::text[]`

const registry: Readonly<Record<string, string>> = {
  coverage: 'SELECT tenant_id, fingerprint, covered::text, stale::text FROM fstore.coverage',
  rejected: 'SELECT fingerprint, window_start, window_end, reasons, content FROM fstore.rejected_rows',
}
const definitions: Readonly<Record<string, string>> = {
  groups: 'SELECT name, active_fingerprint, status FROM fstore.groups',
  versions: 'SELECT group_name, version, fingerprint, promoted_at IS NULL AS waits FROM fstore.versions',
  features: 'SELECT group_name, name, version, status FROM fstore.features',
  tenants: 'SELECT tenant_id, status FROM fstore.tenants',
  other: `SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text LIKE 'fstore%'
    AND relkind IN ('r', 'p', 'v', 'i', 'I')`,
}

export async function leftBehind(db: Database, tenant = 'default'): Promise<Record<string, Row[]>> {
  const sorted = (sql: string) => `SELECT t FROM (SELECT to_jsonb(r) AS t FROM (${sql}) AS r) AS s ORDER BY t::text`
  const read = async (role: 'app' | 'owner', sql: string) =>
    (await db.query({ role, tenant }, sorted(sql))).rows.map(({ t }) => t as Row)
  const left: Record<string, Row[]> = {}
  for (const { name } of await read('app', tables))
    left[name] = await read(
      'app',
      `SELECT to_jsonb(t) - ${stamps} AS row, superseded_at IS NULL AS current FROM ${name} AS t`,
    )
  for (const { name } of await read('app', views))
    left[name] = await read('app', `SELECT to_jsonb(t) - ${stamps} AS row FROM ${name} AS t`)
  for (const [name, sql] of Object.entries(registry)) left[name] = await read('app', sql)
  for (const [name, sql] of Object.entries(definitions)) left[name] = await read('owner', sql)
  return left
}
