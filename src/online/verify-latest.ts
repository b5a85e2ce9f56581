/** Latest rows against the newest current row of the history, entity by entity. */

import type { Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import { identifier, parameters } from '../db/sql.js'
import { schemasOf, tableName } from '../offline/feature-table.js'
import { expectManyRows } from '../offline/many-rows.js'
import type { Findings, Mismatch } from './finding.js'
import { keysSql } from './latest-rows.js'
import { onlineLifetime } from './lifetime.js'
import type { ProjectedVersion } from './projected.js'

export interface LatestCheck {
  readonly db: Database
  readonly project: Project
  readonly tenant: string
  readonly version: ProjectedVersion
  /** Entities; all when absent. */
  readonly sample: number | undefined
  /** Seconds that the history is kept. */
  readonly retention: number | undefined
}

/** @returns how many entities were compared */
export async function verifyLatest(check: LatestCheck, findings: Findings<Mismatch>): Promise<number> {
  const { db, tenant } = check
  const { text, values } = statement(check, await share(check))
  const session = { role: 'app', tenant, readOnly: true } as const
  const { rows } = await db.transaction(session, async (tx) => {
    await expectManyRows(tx)
    // A table that was never analyzed looks small enough for one.
    if (check.sample === undefined) await tx.query("SELECT set_config('enable_nestloop', 'off', true)")
    return tx.query<{ kind: Mismatch | null; count: string; keys: string[][] }>(text, values)
  })
  let entities = 0
  for (const { kind, count, keys } of rows) {
    entities += Number(count)
    if (kind !== null) findings.add(kind, keys, Number(count))
  }
  return entities
}

function tablesOf({ project, version }: LatestCheck) {
  const schemas = schemasOf(project.schema)
  const name = tableName(version.group, version.fingerprint)
  return { history: identifier(schemas.offline, name), latest: identifier(schemas.online, name) }
}

/** Of the history's pages, in per cent: enough for a sample of its rows. All where the server has not counted them. */
async function share(check: LatestCheck): Promise<number> {
  if (check.sample === undefined) return 100
  const { rows } = await check.db.query<{ rows: number }>(
    { role: 'app', tenant: check.tenant, readOnly: true },
    `SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 AS rows
     FROM pg_partition_tree($1::regclass) AS p JOIN pg_class AS c ON c.oid = p.relid AND p.isleaf`,
    [tablesOf(check).history],
  )
  return Math.min(100, (check.sample * 2_000) / Math.max(1, rows[0]?.rows ?? 0))
}

/** What history has dropped by its retention, and latest by its ttl, is not missed. */
function statement(check: LatestCheck, percent: number) {
  const { tenant, version, retention, sample } = check
  const { history, latest } = tablesOf(check)
  const { values, bind } = parameters()
  const [keys, features] = [version.keys, version.features].map((all) => all.map(({ name }) => identifier(name))) as [
    string[],
    string[],
  ]
  const own = `tenant_id = ${bind(tenant)}`
  const same = (a: string, b: string) => keys.map((key) => `${a}.${key} = ${b}.${key}`).join(' AND ')
  const row = (alias: string) => `ROW(${features.map((column) => `${alias}.${column}`).join(', ')})`
  const some = sample === undefined ? '' : `ORDER BY random() LIMIT ${bind(sample)}`
  const pages = percent < 100 ? `TABLESAMPLE SYSTEM (${percent})` : ''
  const lifetime = version.ttl === null ? undefined : onlineLifetime(version.ttl)
  const before = (alias: string, seconds: number | undefined) =>
    seconds === undefined
      ? 'false'
      : `${alias}.event_timestamp < clock_timestamp() - make_interval(secs => ${bind(seconds)})`
  // Of a few entities each is looked up; of all, sorting is faster.
  const current = `FROM ${history} AS h WHERE h.${own} AND h.superseded_at IS NULL`
  const order = 'h.event_timestamp DESC, h.created_at DESC'
  const newest =
    sample === undefined
      ? `(SELECT DISTINCT ON (${keys.map((key) => `h.${key}`).join(', ')}) * ${current}
          ORDER BY ${keys.map((key) => `h.${key}`).join(', ')}, ${order}) AS h`
      : `LATERAL (SELECT * ${current} AND ${same('h', 'a')} ORDER BY ${order} LIMIT 1) AS h`
  const text = `
  WITH asked AS MATERIALIZED (
    (SELECT ${keys.join(', ')} FROM ${latest} WHERE ${own} ${some}) UNION
    (SELECT ${keys.join(', ')} FROM ${history} ${pages} WHERE ${own} AND superseded_at IS NULL ${some})),
  compared AS (SELECT ${keysSql(version.keys, 'a')} AS key, CASE
      WHEN h.created_at IS NULL AND (l.created_at IS NULL OR l.superseded_at IS NOT NULL) THEN NULL
      WHEN h.created_at IS NULL THEN CASE WHEN ${before('l', retention)} THEN NULL ELSE 'extra' END
      WHEN l.created_at IS NULL AND ${before('h', lifetime)} THEN NULL
      WHEN l.created_at IS NULL OR l.superseded_at IS NOT NULL THEN 'missing'
      WHEN (l.event_timestamp, l.created_at) <> (h.event_timestamp, h.created_at) THEN 'stale'
      WHEN ${row('l')} IS DISTINCT FROM ${row('h')} THEN 'different' END AS kind
    FROM asked AS a LEFT JOIN ${latest} AS l ON l.${own} AND ${same('l', 'a')}
    LEFT JOIN ${newest} ON ${same('h', 'a')})
  SELECT kind, count(*)::text AS count, to_json((array_agg(key))[1:20]) AS keys FROM compared GROUP BY kind`
  return { text, values }
}
