/** The one statement that writes what a push has come to: history, latest, and the rows that were rejected. */
import { fromMicroseconds } from '../config/instant.js'
import type { KeyTexts } from '../config/key.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { Statement } from '../transform/statement.js'
import { stateColumn } from './feature-table.js'
import type { RowWrite } from './push-fold.js'
import { askedSql, byName, featureColumns, isAsked, keyColumns, type PushTarget, recordsSql } from './push-sql.js'

export interface PushWrite {
  readonly target: PushTarget
  readonly stamp: string
  readonly writes: readonly RowWrite[]
  readonly rejected: readonly RejectedRow[]
  /** Of a group that events feed. */
  readonly fed?: Fed
  /** The SQL that packs a row of an alias, as every tier keeps it. */
  readonly pack: (features: readonly FeatureSnapshot[], alias: string) => string
}

export interface Fed {
  /** Ids of events that are not to be applied again. */
  readonly applied: readonly string[]
  /** What is kept of entities whose newest row stays as it is; JSON. */
  readonly states: readonly { readonly key: KeyTexts; readonly state: string }[]
}

export interface RejectedRow {
  readonly at: bigint
  readonly reasons: readonly string[]
  /** Keys, event timestamp and features as they were pushed. */
  readonly content: Readonly<Record<string, unknown>>
}

/** A latest row that was written. */
export interface LatestRow {
  readonly key: KeyTexts
  /** JSON. */
  readonly packed: string
}

/** @returns the latest rows that it changed */
export async function writeRows(tx: Transaction, write: PushWrite): Promise<LatestRow[]> {
  const { applied, states } = write.fed ?? { applied: [], states: [] }
  if (write.writes.length + write.rejected.length + applied.length + states.length === 0) return []
  const statement = new Statement()
  const { version, table } = write.target
  statement.add(`WITH pushed AS (SELECT * FROM ${rowsSql(statement, write)})`)
  addHistory(statement, write)
  addLatest(statement, write)
  if (write.rejected.length > 0) addRejected(statement, write)
  if (applied.length > 0) addApplied(statement, write, applied)
  if (states.length > 0) addStates(statement, write, states)
  const keys = table.keys.map((key, k) => `latest.${key}::text AS k${k}`)
  statement.add(`\nSELECT ${keys.join(', ')}, packed FROM latest`)
  const { rows } = await tx.query(statement.text, statement.parameters)
  return rows.map((row) => ({ key: version.keys.map((_, k) => row[`k${k}`]), packed: row.packed }))
}

function rowsSql(statement: Statement, { target, writes, fed }: PushWrite): string {
  const rows = writes.map(({ key, at, values, replaces, isNewest, state }) => ({
    ...Object.fromEntries(target.version.keys.map(({ name }, k) => [name, key[k]])),
    ...byName(target, values.entries()),
    event_timestamp: fromMicroseconds(at),
    '#replaces': replaces ?? null,
    '#newest': isNewest,
    ...(state !== undefined && { [stateColumn]: JSON.parse(state) }),
  }))
  return recordsSql(statement, rows, [
    ...keyColumns(target),
    ...featureColumns(target),
    ['event_timestamp', 'timestamptz'],
    ['#replaces', 'timestamptz'],
    ['#newest', 'boolean'],
    ...(fed === undefined ? [] : [[stateColumn, 'jsonb'] as const]),
  ])
}

function addHistory(statement: Statement, { target: { table, tenant }, stamp, writes }: PushWrite): void {
  const values = [...table.keys, 'event_timestamp', ...table.features].join(', ')
  const same = [...table.keys, 'event_timestamp'].map((column) => `h.${column} = pushed.${column}`).join(' AND ')
  if (writes.some(({ replaces }) => replaces !== undefined))
    statement.add(`,
    superseded AS (UPDATE ${table.history} AS h SET superseded_at = ${statement.bind(stamp)}::timestamptz FROM pushed
      WHERE h.tenant_id = ${statement.bind(tenant)} AND ${same} AND h.created_at = pushed."#replaces")`)
  statement.add(`,
    written AS (INSERT INTO ${table.history} (tenant_id, created_at, ${values})
      SELECT ${statement.bind(tenant)}, ${statement.bind(stamp)}::timestamptz, ${values} FROM pushed)`)
}

function addLatest(statement: Statement, { target, stamp, pack, fed }: PushWrite): void {
  const { table, version, tenant } = target
  const own = fed === undefined ? table.features : [...table.features, stateColumn]
  const values = [...table.keys, 'event_timestamp', ...own].join(', ')
  const columns = ['event_timestamp', 'created_at', 'superseded_at', 'job_id', 'written_at', ...own]
  const replace = columns.map((column) => `${column} = excluded.${column}`).join(', ')
  const at = `${statement.bind(stamp)}::timestamptz`
  statement.add(`,
    latest AS (INSERT INTO ${table.latest} AS l (tenant_id, created_at, written_at, ${values})
      SELECT ${statement.bind(tenant)}, ${at}, ${at}, ${values} FROM pushed WHERE "#newest"
      ON CONFLICT (tenant_id, ${table.keys.join(', ')}) DO UPDATE SET ${replace}, xid = pg_current_xact_id()
      RETURNING ${table.keys.map((key) => `l.${key}`).join(', ')}, ${pack(version.features, 'l')}::text AS packed)`)
}

function addRejected(statement: Statement, { target, stamp, rejected }: PushWrite): void {
  const { schema, version, tenant } = target
  const rows = rejected.map(({ at, ...row }) => ({ at: fromMicroseconds(at), ...row }))
  const records = recordsSql(statement, rows, [
    ['at', 'timestamptz'],
    ['reasons', 'text[]'],
    ['content', 'jsonb'],
  ])
  const of = [tenant, version.group, version.fingerprint].map((text) => statement.bind(text)).join(', ')
  statement.add(`,
    rejected AS (INSERT INTO ${identifier(schema)}.rejected_rows
        (tenant_id, group_name, fingerprint, window_start, window_end, reasons, content, created_at)
      SELECT ${of}, at, at, reasons, content, ${statement.bind(stamp)}::timestamptz FROM ${records})`)
}

function addApplied(statement: Statement, { target, stamp }: PushWrite, ids: readonly string[]): void {
  const { schema, version, tenant } = target
  const of = [tenant, version.group, version.fingerprint].map((text) => statement.bind(text)).join(', ')
  statement.add(`,
    applied AS (INSERT INTO ${identifier(schema)}.applied_events
        (tenant_id, group_name, fingerprint, applied_at, event_id)
      SELECT ${of}, ${statement.bind(stamp)}::timestamptz, unnest(${statement.bind(ids)}::text[]))`)
}

/** No reader can see it: nothing is to be sent to Redis. */
function addStates(statement: Statement, { target }: PushWrite, states: Fed['states']): void {
  const asked = states.map(({ key }) => ({ key, at: null }))
  const texts = statement.bind(states.map(({ state }) => state))
  statement.add(`,
    kept AS (UPDATE ${target.table.latest} AS l SET ${stateColumn} = (${texts}::text[])[asked.i + 1]::jsonb
      FROM ${askedSql(statement, target, asked)} WHERE ${isAsked(statement, target, 'l')})`)
}
