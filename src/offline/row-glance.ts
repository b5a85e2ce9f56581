/** How many entities tables have a row of, and how new the newest is, of all tables in one question. */
import type { Database } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { askPatiently } from './patient-query.js'

export interface RowGlance {
  /** Null where even the glance took too long. */
  readonly entities: number | null
  readonly newest: string | null
  /** From some of its pages: the whole is too large to be read for a glance. */
  readonly estimated: boolean
}

export interface GlanceScope {
  readonly db: Database
  /** Of the latest tables. */
  readonly schema: string
  readonly tenant: string
}

/** Bytes that may be read of all tables together unless told, and of one at least. */
const budget = 128 * 2 ** 20
const share = 2 ** 18
/** Milliseconds that it may take. */
const patience = 2_000

/**
 * @param names of tables; those that are gone are left out
 * @param bytes that may be read of all together
 */
export async function glanceAtRows(
  scope: GlanceScope,
  names: readonly string[],
  bytes = budget,
): Promise<ReadonlyMap<string, RowGlance>> {
  const sizes = await tableSizes(scope, names)
  if (sizes.length === 0) return new Map()
  const most = Math.max(share, bytes / sizes.length)
  const tables = sizes.map(({ name, bytes }) => ({ name, percent: Math.min(100, (100 * most) / Math.max(1, bytes)) }))
  const found = await count(scope, tables)
  return new Map(
    tables.map(({ name, percent }, i) => {
      const { entities = null, newest = null } = found.get(i) ?? {}
      const isWhole = percent >= 100
      const whole = entities === null || isWhole ? entities : Math.round((entities * 100) / percent)
      return [name, { entities: whole, newest, estimated: !isWhole }]
    }),
  )
}

async function tableSizes({ db, schema }: GlanceScope, names: readonly string[]) {
  const { rows } = await db.query<{ name: string; bytes: number }>(
    { role: 'owner', readOnly: true },
    `SELECT c.relname::text AS name, pg_relation_size(c.oid)::float8 AS bytes FROM pg_class AS c
     JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY ($2)`,
    [schema, names],
  )
  return rows
}

interface Counted {
  readonly entities: number
  readonly newest: string | null
}

async function count({ db, schema, tenant }: GlanceScope, tables: readonly { name: string; percent: number }[]) {
  const selects = tables.map(
    ({ name, percent }, i) =>
      `SELECT ${i} AS i, count(*)::float8 AS entities, max(event_timestamp) AS newest
       FROM ${identifier(schema, name)} ${percent < 100 ? `TABLESAMPLE SYSTEM (${percent})` : ''}
       WHERE tenant_id = $1 AND superseded_at IS NULL`,
  )
  const rows = await askPatiently<Counted & { i: number }>({ db, tenant, sql: selects.join('\nUNION ALL\n'), patience })
  return new Map((rows ?? []).map(({ i, ...counted }) => [i, counted]))
}
