/** Latest rows as Redis keeps them, printed by Postgres: what they hold is never looked at on the way. */
import type { EntityKey } from '../config/project.js'
import { byteStream } from '../db/byte-stream.js'
import type { Database } from '../db/database.js'
import { lineBatches } from '../db/json-lines.js'
import { identifier, literal } from '../db/sql.js'
import { tableName } from '../offline/feature-table.js'
import { onlineLifetime } from './lifetime.js'
import { packSql } from './packed.js'
import type { ProjectedVersion } from './projected.js'
import { rowNaming } from './redis-keys.js'
import { type RedisRow, remembered } from './redis-write.js'

/** The SQL type of a key. */
export const keyTypes = { string: 'text', int64: 'bigint', uuid: 'uuid' } as const

export interface LatestRows {
  readonly db: Database
  /** Of the latest tables. */
  readonly schema: string
  readonly project: string
  readonly tenant: string
  readonly version: ProjectedVersion
}

export interface LatestRow extends RedisRow {
  readonly key: readonly string[]
}

/** Which rows: those written since a transaction, the next so many by key, or any so many. */
export type Which =
  | { readonly since: string }
  | { readonly after: readonly string[] | null; readonly limit: number }
  | { readonly sample: number }
  | 'all'

/** A table that was never analyzed looks small: each chunk of it would sort all that is left. */
const byIndex = "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)"

/** As many at a time as have come. */
export async function* readLatest(from: LatestRows, which: Which): AsyncGenerator<LatestRow[]> {
  const { db, project, tenant, version } = from
  const nameOf = rowNaming({ project, tenant, ...version })
  // CSV with control characters for its marks leaves JSON as it is.
  const copySql = `COPY (${selectLatest(from, which)}) TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`
  const bytes = byteStream(db, (sink) =>
    db.transaction({ role: 'app', tenant, readOnly: true }, async (tx) => {
      if (typeof which === 'object' && 'after' in which) await tx.query(byIndex)
      for await (const piece of tx.copyTo(copySql)) await sink(piece)
    }),
  )
  for await (const lines of lineBatches(bytes)) yield lines.map(rowOf)

  function rowOf(line: string): LatestRow {
    const first = line.indexOf('\x01')
    const second = line.indexOf('\x01', first + 1)
    const key = JSON.parse(line.slice(0, first)) as string[]
    return { key, name: nameOf(key), text: line.slice(second + 1), expiresAt: Number(line.slice(first + 1, second)) }
  }
}

function selectLatest({ schema, tenant, version }: LatestRows, which: Which): string {
  const table = identifier(schema, tableName(version.group, version.fingerprint))
  return `SELECT ${keysSql(version.keys, 't')}, ${expirySql(version)}, ${textSql(version)} FROM ${table} AS t
    WHERE t.tenant_id = ${literal(tenant)} ${whichSql(version.keys, which)}`
}

/** The SQL of a row as it stands in Redis. */
export function textSql({ features }: ProjectedVersion): string {
  return `CASE WHEN t.superseded_at IS NULL THEN ${packSql(features, 't')} ELSE json_build_array(t.written_at) END`
}

function whichSql(keys: readonly EntityKey[], which: Which): string {
  if (which === 'all') return ''
  if ('since' in which) return `AND t.xid >= ${literal(which.since)}::xid8`
  if ('sample' in which) return `ORDER BY random() LIMIT ${which.sample}`
  const columns = keys.map((key) => `t.${identifier(key.name)}`)
  return `${afterSql(keys, columns, which.after)} ORDER BY ${columns.join(', ')} LIMIT ${which.limit}`
}

/** The SQL of a JSON array of an entity's keys, as texts. */
export function keysSql(keys: readonly EntityKey[], alias: string): string {
  return `json_build_array(${keys.map(({ name }) => `${alias}.${identifier(name)}::text`).join(', ')})`
}

function afterSql(keys: readonly EntityKey[], columns: readonly string[], after: readonly string[] | null): string {
  if (after === null) return ''
  const values = keys.map(({ type }, i) => `${literal(after[i] as string)}::${keyTypes[type]}`)
  return `AND (${columns.join(', ')}) > (${values.join(', ')})`
}

/**
 * Milliseconds since 1970; 0: never. What is written counts for a day whatever its age: it may be there to replace
 * what was not as old, in Redis or on a reader's way to it.
 */
function expirySql({ ttl }: ProjectedVersion): string {
  const written = `(extract(epoch FROM t.written_at) * 1000 + ${remembered})::bigint`
  if (ttl === null) return `CASE WHEN t.superseded_at IS NULL THEN 0 ELSE ${written} END`
  const life = `((extract(epoch FROM t.event_timestamp) + ${onlineLifetime(ttl)}) * 1000)::bigint`
  return `CASE WHEN t.superseded_at IS NULL THEN greatest(${life}, ${written}) ELSE ${written} END`
}
