/** Which rows of a history a read is about, and the entities they are of. */
import { type InstantLike, instantFrom } from '../config/instant.js'
import type { KeyTexts } from '../config/key.js'
import type { Project } from '../config/project.js'
import { identifier, literal } from '../db/sql.js'
import { encode } from '../db/types.js'
import type { ReadableVersion } from '../registry/catalog.js'
import { integerOf } from '../registry/value.js'
import { schemasOf, tableName } from './feature-table.js'

export interface Selection {
  /** All entities when absent. */
  readonly keys?: readonly KeyTexts[] | undefined
  /** Instants in UTC; the start is inclusive, the end is not. */
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Superseded rows, too. */
  readonly all?: boolean | undefined
  /** As the table stood then. */
  readonly known?: string | undefined
}

/** What follows SELECT …, with `h` as the row. Values are literals: COPY takes no parameters. */
export function fromHistory(
  { project, tenant }: { readonly project: Project; readonly tenant: string },
  version: ReadableVersion,
  { keys, start, end, all = false, known }: Selection,
): string {
  const conditions = [
    `h.tenant_id = ${literal(tenant)}`,
    ...(all ? [] : [seenAt('h', known)]),
    ...(start === undefined ? [] : [`h.event_timestamp >= ${literal(start)}::timestamptz`]),
    ...(end === undefined ? [] : [`h.event_timestamp < ${literal(end)}::timestamptz`]),
    ...(keys === undefined ? [] : [isOneOf(version, keys)]),
  ]
  const table = identifier(schemasOf(project.schema).offline, tableName(version.group, version.fingerprint))
  return `FROM ${table} AS h WHERE ${conditions.join(' AND ')}`
}

/** The rows of a history that count: those that no other took the place of, now or at an instant. */
export function seenAt(alias: string, known: InstantLike | undefined): string {
  if (known === undefined) return `${alias}.superseded_at IS NULL`
  const then = `${literal(instantFrom(known))}::timestamptz`
  return `${alias}.created_at <= ${then} AND (${alias}.superseded_at IS NULL OR ${alias}.superseded_at > ${then})`
}

const types = { string: 'text', int64: 'bigint', uuid: 'uuid' } as const

function isOneOf(version: ReadableVersion, keys: readonly KeyTexts[]): string {
  const columns = version.keys.map(({ name, type }) => ({ sql: columnOf({ name }), type: types[type] }))
  const [only, ...others] = keys
  // Of one entity the index gives the rows by time, but only to constants.
  if (only !== undefined && others.length === 0)
    return columns.map(({ sql, type }, k) => `${sql} = ${literal(only[k] as string)}::${type}`).join(' AND ')
  const arrays = columns.map(({ type }, k) => `${literal(encode(keys.map((key) => key[k])) as string)}::${type}[]`)
  return `(${columns.map(({ sql }) => sql).join(', ')}) IN (SELECT * FROM unnest(${arrays.join(', ')}))`
}

/** The keys of the row. */
export function keyColumns({ keys }: ReadableVersion): string[] {
  return keys.map(columnOf)
}

/** A feature of the row. */
export function columnOf({ name }: { readonly name: string }): string {
  return `h.${identifier(name)}`
}

/** Such that JSON keeps all of them. */
export function keyJson({ keys }: ReadableVersion, columns: readonly string[]): string[] {
  return columns.map((column, k) => (keys[k]?.type === 'int64' ? `${column}::text` : column))
}

/** What JSON made of them. An integer is a bigint only where a number would not be exact. */
export function keyOf({ keys }: ReadableVersion, values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    keys.map(({ name, type }, k) => [name, type === 'int64' ? integerOf(values[k] as string) : values[k]]),
  )
}
