/** The spine as a table: the rows to join features to, in their order, under the tenant's policy like any other. */
import { randomBytes } from 'node:crypto'
import type { Database, Session, Transaction } from '../db/database.js'
import { ownIdentity } from '../db/process-identity.js'
import { identifier, literal } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { Schemas } from './feature-table.js'

export interface SpineColumn {
  readonly name: string
  /** The SQL type, collation included. */
  readonly type: string
}

/** Committed, so that several connections can read it; dropped after the join, or swept by cleanup after a crash. */
export interface SpineTable {
  /** It is a temporary table of the transaction that joins it, all of whose rows are one tenant's. */
  readonly isPrivate?: boolean
  /** Quoted. */
  readonly name: string
  readonly tenant: string
  readonly columns: readonly SpineColumn[]
  readonly rows: number
  /** Of `event_timestamp`, as literals for the planner; absent for an empty spine. */
  readonly bounds?: { readonly first: string; readonly last: string }
}

/** The column that keeps the order of the spine, from 1. */
export const ordinal = 'fstore_ordinal'

/** The column that says whose rows they are; a spine may have a `tenant_id` of its own. */
export const spineTenant = 'fstore_tenant'

const spinePrefix = 'fstore_spine_'

/** A spine that ends with the transaction that made it. */
export const privateSpine = 'pg_temp.fstore_spine'

/** Its age and its maker tell whether it was left behind: see `staging.ts`. */
export function spineName(schemas: Schemas): string {
  return identifier(schemas.offline, `${spinePrefix}${Date.now().toString(36)}_${randomBytes(6).toString('hex')}`)
}

/** When the spine of that unquoted name was made, in milliseconds since 1970; undefined for any other table. */
export function spineBirth(name: string): number | undefined {
  const [, time] = name.startsWith(spinePrefix)
    ? (/^([\da-z]{8,9})_[\da-f]{12}$/.exec(name.slice(spinePrefix.length)) ?? [])
    : []
  return time === undefined ? undefined : Number.parseInt(time, 36)
}

/** The statements that create a spine; unlogged, since a crash ends the export too. Its comment says who made it. */
export function createSpineSql(name: string, columns: readonly SpineColumn[]): string {
  const list = columns.map((column) => `, ${identifier(column.name)} ${column.type}`).join('')
  return `CREATE UNLOGGED TABLE ${name} (${ordinal} bigint NOT NULL, ${spineTenant} text COLLATE "C" NOT NULL${list});
    COMMENT ON TABLE ${name} IS ${literal(JSON.stringify(ownIdentity()))}`
}

/** Nobody else can read it, so it names no tenant and needs no policy. */
export function createPrivateSpineSql(columns: readonly SpineColumn[]): string {
  const list = columns.map((column) => `, ${identifier(column.name)} ${column.type}`).join('')
  return `CREATE TEMP TABLE ${privateSpine.slice('pg_temp.'.length)} (${ordinal} bigint NOT NULL${list}) ON COMMIT DROP`
}

/** Puts the tenant's policy on the spine; before that it must not have been committed. */
export function protectSpineSql(name: string): string {
  return `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON ${name} USING (${spineTenant} = (SELECT NULLIF(current_setting('fstore.tenant_id', true), '')));
    GRANT SELECT, INSERT ON ${name} TO fstore_app`
}

type FilledSpine = Pick<SpineTable, 'name' | 'tenant' | 'columns' | 'isPrivate'>

/**
 * What the planner and the splitting need to know of a filled spine. Where that fails, the spine is dropped.
 *
 * @throws FstoreError SPINE_INVALID: a row has no event_timestamp; TIMESTAMP_INVALID: outside the years 1 to 9999
 */
export async function measureSpine(db: Database, spine: FilledSpine): Promise<SpineTable> {
  try {
    const session: Session = { role: 'app', tenant: spine.tenant }
    return measuredSpine(spine, await measuresOf(spine.name, (sql) => db.query(session, sql)))
  } catch (error) {
    await dropSpine(db, spine.name)
    throw error
  }
}

/** What a spine's rows tell of themselves. */
export interface SpineMeasures {
  readonly rows: number
  readonly first: string | null
  readonly last: string | null
  /** The first row without a timestamp, and the first with one that JavaScript cannot hold. */
  readonly none: number | null
  readonly outside: number | null
}

export async function measuresOf(
  name: string,
  ask: (sql: string) => Promise<{ readonly rows: readonly unknown[] }>,
): Promise<SpineMeasures> {
  const past = "event_timestamp NOT BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'"
  const { rows } = await ask(
    `SELECT count(*) AS rows, min(event_timestamp) AS first, max(event_timestamp) AS last,
       min(${ordinal}) FILTER (WHERE event_timestamp IS NULL) AS none, min(${ordinal}) FILTER (WHERE ${past}) AS outside
     FROM ${name}`,
  )
  return rows[0] as SpineMeasures
}

/** @throws FstoreError SPINE_INVALID: a row has no event_timestamp; TIMESTAMP_INVALID: outside the years 1 to 9999 */
export function measuredSpine(spine: FilledSpine, measures: SpineMeasures): SpineTable {
  const { rows: count, first, last, none, outside } = measures
  if (none !== null) throw new FstoreError('SPINE_INVALID', `Row ${none} of the spine has no event_timestamp.`)
  if (outside !== null)
    throw new FstoreError(
      'TIMESTAMP_INVALID',
      `The event_timestamp of row ${outside} of the spine lies outside the years 1 to 9999.`,
    )
  return { ...spine, rows: count, ...(first !== null && last !== null && { bounds: { first, last } }) }
}

export async function dropSpine(db: Database, name: string): Promise<void> {
  await db.query({ role: 'owner', lockTimeout: 10_000 }, `DROP TABLE IF EXISTS ${name}`)
}

/** The rows `[from, to]` by ordinal of a spine, sorted by the columns that a join probes an index with. */
export function spineRows(spine: SpineTable, from: number, to: number, sortBy: readonly string[]): string {
  const order = [...sortBy.map((name) => identifier(name)), 'event_timestamp'].join(', ')
  const of = `${spineTenant} = ${literal(spine.tenant)} AND ${ordinal} BETWEEN ${from} AND ${to}`
  return `(SELECT * FROM ${spine.name}${spine.isPrivate ? '' : ` WHERE ${of}`} ORDER BY ${order})`
}

/** Statistics, without which the planner takes a new table for a small one. */
export async function analyzeSpine(tx: Transaction, name: string): Promise<void> {
  await tx.query(`ANALYZE ${name}`)
}
