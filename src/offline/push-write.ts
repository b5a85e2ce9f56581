/** The one statement that writes what a push has come to: history, latest, and the rows that were rejected. */
import { fromMicroseconds } from '../config/instant.js'
import type { KeyTexts } from '../config/key.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { Statement } from '../transform/statement.js'
import type { RowWrite } from './push-fold.js'
import { byName, featureColumns, keyColumns, type PushTarget, recordsSql } from './push-sql.js'

export interface PushWrite {
  readonly target: PushTarget
  readonly stamp: string
  readonly writes: readonly RowWrite[]
  readonly rejected: readonly RejectedRow[]
  /** The SQL that packs a row of an alias, as every tier keeps it. */
  readonly pack: (features: readonly FeatureSnapshot[], alias: string) => string
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
  if (write.writes.length + write.rejected.length === 0) return []
  const statement = new Statement()
  const { version, table } = write.target
  statement.add(`WITH pushed AS (SELECT * FROM ${rowsSql(statement, write)})`)
  addHistory(statement, write)
  addLatest(statement, write)
  if (write.rejected.length > 0) addRejected(statement, write)
  const keys = table.keys.map((key, k) => `latest.${key}::text AS k${k}`)
  statement.add(`\nSELECT ${keys.join(', ')}, packed FROM latest`)
  const { rows } = await tx.query(statement.text, statement.parameters)
  return rows.map((row) => ({ key: version.keys.map((_, k) => row[`k${k}`]), packed: row.packed }))
}

function rowsSql(statement: Statement, { target, writes }: PushWrite): string {
  const rows = writes.map(({ key, at, values, replaces, isNewest }) => ({
    ...Object.fromEntries(target.version.keys.map(({ name }, k) => [name, key[k]])),
    ...byName(target, values.entries()),
    event_timestamp: fromMicroseconds(at),
    '#replaces': replaces ?? null,
    '#newest': isNewest,
  }))
  return recordsSql(statement, rows, [
    ...keyColumns(target),
    ...featureColumns(target),
    ['event_timestamp', 'timestamptz'],
    ['#replaces', 'timestamptz'],
    ['#newest', 'boolean'],
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

function addLatest(statement: Statement, { target, stamp, pack }: PushWrite): void {
  const { table, version, tenant } = target
  const values = [...table.keys, 'event_timestamp', ...table.features].join(', ')
  const columns = ['event_timestamp', 'created_at', 'superseded_at', 'job_id', 'written_at', ...table.features]
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
