/** What a run writes to its coverage before its first window. */
import { fromMicroseconds } from '../config/instant.js'
import { identifier } from '../db/sql.js'
import type { Materialization } from './materialization.js'

/** The row that windows lock must be there before the first of them. */
export async function openCoverage({ db, schemas, compiled, tenant }: Materialization): Promise<void> {
  const { group, definition } = compiled
  await db.query(
    { role: 'app', tenant },
    `INSERT INTO ${identifier(schemas.registry)}.coverage (tenant_id, group_name, fingerprint) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING`,
    [tenant, group.name, definition.fingerprint],
  )
}

/** What is to run again is stale until it has: a run that is cut off leaves it due. */
export async function reopen({ db, schemas, compiled, tenant, again = [] }: Materialization): Promise<void> {
  if (again.length === 0) return
  const spans = again.map(({ start, end }) => [fromMicroseconds(start), fromMicroseconds(end)] as const)
  await db.query(
    { role: 'app', tenant },
    `UPDATE ${identifier(schemas.registry)}.coverage SET stale = stale + (covered * (
       SELECT range_agg(tstzrange(f, t)) FROM unnest($4::timestamptz[], $5::timestamptz[]) AS s (f, t)))
     WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3`,
    [
      tenant,
      compiled.group.name,
      compiled.definition.fingerprint,
      spans.map(([from]) => from),
      spans.map(([, to]) => to),
    ],
  )
}
