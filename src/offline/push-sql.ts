/** The pieces of SQL that loading and writing pushed rows share. */
import type { KeyTexts } from '../config/key.js'
import { identifier } from '../db/sql.js'
import type { ReadableVersion } from '../registry/catalog.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { jsonArraySql } from '../registry/value.js'
import { keySqlType, sqlType } from '../transform/rules.js'
import type { Statement } from '../transform/statement.js'
import type { FeatureTable } from './feature-table.js'
import type { Exact } from './pushed-value.js'

export interface PushTarget {
  /** The registry's. */
  readonly schema: string
  readonly version: ReadableVersion
  readonly table: FeatureTable
  readonly tenant: string
}

/** `name (columns)` of rows bound as JSON. No feature or key can be called like a column whose name has a `#`. */
export function recordsSql(
  statement: Statement,
  rows: readonly object[],
  columns: readonly (readonly [name: string, type: string])[],
): string {
  const list = columns.map(([name, type]) => `${identifier(name)} ${type}`).join(', ')
  return `json_to_recordset(${statement.bind(JSON.stringify(rows))}::json) AS r (${list})`
}

export function featureColumns({ version }: PushTarget): (readonly [string, string])[] {
  return version.features.map((feature) => [feature.name, sqlType(feature)])
}

export function keyColumns({ version }: PushTarget): (readonly [string, string])[] {
  return version.keys.map(({ name, type }) => [name, keySqlType(type)])
}

/** The features of a row of `alias`, as a JSON array of what `Exact` holds. */
export function exactSql({ version }: PushTarget, alias: string): string {
  return jsonArraySql(version.features.map((feature) => exact(feature, `${alias}.${identifier(feature.name)}`)))
}

function exact({ dataType, element }: FeatureSnapshot, column: string): string {
  if (dataType === 'int64') return `${column}::text`
  // Exactly what 32 bits hold; their shortest texts are other numbers.
  if (dataType === 'embedding') return `${column}::real[]::double precision[]`
  return dataType === 'array' && element === 'int64' ? `${column}::text[]` : column
}

/** Entities by their keys, numbered from 0 as `asked.i`, each with an instant, `asked.at`. */
export function askedSql(
  statement: Statement,
  { version }: PushTarget,
  entities: readonly { readonly key: KeyTexts; readonly at: string | null }[],
): string {
  const keys = version.keys.map((_, k) => `${statement.bind(entities.map(({ key }) => key[k]))}::text[]`)
  const at = `${statement.bind(entities.map((entity) => entity.at))}::timestamptz[]`
  const names = version.keys.map((_, k) => `k${k}`).join(', ')
  return `(SELECT *, n::int - 1 AS i FROM unnest(${keys.join(', ')}, ${at}) WITH ORDINALITY AS u (${names}, at, n)) AS asked`
}

/** Whether a row of `alias` is the tenant's, and the asked entity's. */
export function isAsked(statement: Statement, { version, tenant }: PushTarget, alias: string): string {
  const keys = version.keys.map(
    ({ name, type }, k) => `${alias}.${identifier(name)} = asked.k${k}::${keySqlType(type)}`,
  )
  return [`${alias}.tenant_id = ${statement.bind(tenant)}`, ...keys].join(' AND ')
}

/** Values by the name of their feature, as JSON keeps them. */
export function byName({ version }: PushTarget, values: Iterable<readonly [position: number, value: Exact]>) {
  const named: Record<string, Exact> = {}
  for (const [position, value] of values) named[(version.features[position] as FeatureSnapshot).name] = signed(value)
  return named
}

/** JSON would have -0 as 0. */
function signed(value: Exact): Exact {
  if (Array.isArray(value)) return value.map(signed)
  return Object.is(value, -0) ? '-0' : value
}
