/** SQL of on-demand groups: what is computed for the entities that are asked for, each as of an instant of its own. */
import type { EntityKey, OnDemandSpec, Project } from '../config/project.js'
import { readSql } from '../config/sql-source.js'
import { DatabaseError } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { CatalogEntries, ReadableVersion } from '../registry/catalog.js'
import { keySqlType, sqlType } from '../transform/rules.js'
import { parseSelect, placeOf, type Select } from '../transform/select.js'
import type { Statement } from '../transform/statement.js'
import { schemasOf, tableName } from './feature-table.js'
import { grantOf } from './sql-error.js'

export interface OnDemandSelect {
  readonly group: OnDemandSpec
  readonly select: Select
  /** Schema of the history tables. */
  readonly offline: string
}

/** @throws FstoreError SQL_FILE_MISSING, SQL_INVALID, NAME_UNKNOWN */
export async function compileOnDemand(
  { project, root, files }: { project: Project; root: string; files?: readonly string[] | undefined },
  group: OnDemandSpec,
): Promise<OnDemandSelect> {
  const source = await readSql({ source: group.sql as NonNullable<OnDemandSpec['sql']>, root, files })
  const { offline } = schemasOf(project.schema)
  const known = new Set(['at', 'tenant_id', ...group.entity.keys.map(({ name }) => name)])
  const select = parseSelect(source, offline, 'transform', [...known])
  for (const { group: name, from } of select.references)
    if (!project.groups.some((one) => one.name === name))
      throw new FstoreError('NAME_UNKNOWN', `The SQL of ${group.name} reads "${name}", which is no group with rows.`, {
        where: placeOf(select.source, select.tokens[from]?.start ?? 0),
        fix: `Groups: ${project.groups.map((one) => one.name).join(', ') || 'none'}.`,
      })
  return { group, select, offline }
}

/** What `asked` is called in a statement: the entities asked for, with the columns that `askedKey` names and `at`. */
export const asked = 'fstore_asked'

export function askedKey(index: number): string {
  return `k${index}`
}

/** The columns of the rows computed, in the order of the group's features. */
export function computedColumn(index: number): string {
  return `f${index}`
}

/**
 * Adds a subquery that may stand behind LATERAL: the row of one of `asked`, or none. What follows WHERE reaches down
 * into the user's SQL, since LIMIT keeps it where it is: an index, or a GROUP BY key, is looked up by it. A second
 * row tells of SQL that yields an entity twice.
 *
 * @param knownAt of groups with rows, only what had been written by the instant asked about
 * @throws FstoreError NOT_BUILT for a group that it reads
 */
export function addComputed(statement: Statement, compiled: OnDemandSelect, options: ComputedOptions): Statement {
  const { group } = compiled
  const features = group.features.map(
    (feature, i) => `fstore_rows.${identifier(feature.name)}::${sqlType(feature)} AS ${computedColumn(i)}`,
  )
  const rest = selectedKeys(compiled).map(
    (name) =>
      `fstore_rows.${identifier(name)} = ${asked}.${askedKey(group.entity.keys.findIndex((key) => key.name === name))}`,
  )
  addRows(statement, compiled, { ...options, columns: features.join(', ') })
  return statement.add(`${rest.length > 0 ? ` WHERE ${rest.join(' AND ')}` : ''} LIMIT 2)`)
}

/** Adds a subquery with the columns as the author's SQL yields them, and no row. */
export function addProbe(statement: Statement, compiled: OnDemandSelect, options: ComputedOptions): Statement {
  return addRows(statement, compiled, { ...options, columns: '*' }).add(' LIMIT 0)')
}

/** The keys that the SQL has to yield, since it does not name them. */
export function selectedKeys({ group, select }: OnDemandSelect): string[] {
  return group.entity.keys.flatMap(({ name }) => (select.uses.has(name) ? [] : [name]))
}

interface ComputedOptions {
  readonly tenant: string
  readonly catalog: CatalogEntries
  readonly knownAt?: boolean
}

function addRows(
  statement: Statement,
  { group, select, offline }: OnDemandSelect,
  options: ComputedOptions & { readonly columns: string },
): Statement {
  const { keys } = group.entity
  const key = (index: number) => `(${asked}.${askedKey(index)})`
  // What a statement does not mention may not be bound.
  const isAsked = select.uses.has('tenant_id') || select.references.length > 0
  const tenant = isAsked ? `(${statement.bind(options.tenant)}::text)` : ''
  const places = new Map([
    ...keys.map(({ name }, i) => [name, key(i)] as const),
    ['at', `(${asked}.at)`],
    ['tenant_id', tenant],
  ])
  statement.add(`(${sourcesOf(select, offline, tenant, options)}SELECT ${options.columns} FROM `)
  return statement.addSelect(select, places).add(' AS fstore_rows')
}

/** With the database's own collation, as the author's columns have it: indexes of another are of no use. */
export function keySql(value: string, type: EntityKey['type'], name: string): string {
  return type === 'string' ? `${value}::text COLLATE "default" AS ${name}` : `${value}::${keySqlType(type)} AS ${name}`
}

/** `asked` as SQL, of texts that are bound: a row for each entity, all as of one instant. */
export function askedSql(
  statement: Statement,
  { entity }: OnDemandSpec,
  texts: readonly (readonly string[])[],
  at: string | undefined,
): string {
  const instant = at === undefined ? 'statement_timestamp()' : `${statement.bind(at)}::timestamptz`
  const names = entity.keys.map((_, k) => askedKey(k))
  const arrays = entity.keys.map((_, k) => `${statement.bind(texts.map((text) => text[k]))}::text[]`)
  const columns = entity.keys.map(({ type }, k) => keySql(`t.${names[k]}`, type, names[k] as string))
  const places = `${statement.bind(texts.map((_, i) => i))}::int[]`
  return `(SELECT t.i, ${columns.join(', ')}, ${instant} AS at
    FROM unnest(${places}, ${arrays.join(', ')}) AS t (i, ${names.join(', ')})) AS ${asked}`
}

/** Groups with rows that it reads: what is live of each, as of the instant asked about. */
function sourcesOf(
  { references }: Select,
  offline: string,
  tenant: string,
  { catalog, knownAt = false }: { readonly catalog: CatalogEntries; readonly knownAt?: boolean },
): string {
  const names = [...new Set(references.map(({ group }) => group))]
  if (names.length === 0) return ''
  const standing = knownAt
    ? `created_at <= ${asked}.at AND (superseded_at IS NULL OR superseded_at > ${asked}.at)`
    : 'superseded_at IS NULL'
  const sources = names.map((name) => {
    const { fingerprint, keys, features } = live(catalog, name)
    const columns = [...keys, { name: 'event_timestamp' }, { name: 'created_at' }, ...features]
    return `${identifier(name)} AS NOT MATERIALIZED (SELECT ${columns.map((one) => identifier(one.name)).join(', ')}
      FROM ${identifier(offline, tableName(name, fingerprint))} WHERE tenant_id = ${tenant} AND ${standing} AND event_timestamp <= ${asked}.at)`
  })
  return `WITH ${sources.join(', ')} `
}

function live(catalog: CatalogEntries, name: string): ReadableVersion {
  const active = catalog.get(name)?.active
  if (active !== undefined) return active
  throw new FstoreError('NOT_BUILT', `Not built yet: ${name}, which an on-demand group reads.`, {
    fix: `Run \`fstore build --select ${name}\`.`,
  })
}

/** @throws FstoreError SQL_INVALID where its values of the past cannot be told */
export function requireAt({ group, select }: OnDemandSelect): void {
  if (select.uses.has('at')) return
  throw new FstoreError('SQL_INVALID', `${group.name} cannot be part of a training set: its SQL does not say :at.`, {
    where: placeOf(select.source, select.tokens.find(({ kind }) => kind !== 'space')?.start ?? 0),
    why: 'What it yields now would stand in every row of the past, and a model would learn from the future.',
    fix: 'Leave out what came later, as in WHERE created_at <= :at, or keep its features out of the service.',
  })
}

/** What the database said of the SQL, with the author's own line. Anything else passes through unchanged. */
export function onDemandError(error: unknown, statement: Statement, { group }: OnDemandSelect): unknown {
  if (!(error instanceof DatabaseError)) return error
  const where = error.position === undefined ? undefined : statement.locate(error.position)
  const told = (code: FstoreError['code'], message: string, fix: string | undefined, why = error.detail) =>
    new FstoreError(code, `${message}: ${error.message}.`, { where, why, fix, cause: error })
  const names = namesOf(group)
  if (error.code === '25006') return told('TRANSFORM_WRITES', `The SQL of ${names} tries to write`, 'Leave a SELECT.')
  if (error.code === '42501')
    return told(
      'SOURCE_DENIED',
      `The SQL of ${names} may not read`,
      grantOf(error),
      'fstore runs it as the role fstore_app, which sees only what it is granted.',
    )
  if (error.code === '42703' && error.message.includes('fstore_rows'))
    return told(
      'TRANSFORM_COLUMNS',
      `The SQL of ${names} lacks a column`,
      'It needs a column for every feature, and for every key that it does not name with a colon.',
    )
  return told('SQL_FAILED', `The SQL of ${names} failed`, error.hint)
}

/** @throws FstoreError TRANSFORM_DUPLICATE */
export function twice(group: OnDemandSpec, key: string): FstoreError {
  return new FstoreError('TRANSFORM_DUPLICATE', `The SQL of ${namesOf(group)} yields ${key} twice.`, {
    fix: 'Yield one row for an entity: GROUP BY its keys, or ORDER BY … LIMIT 1.',
  })
}

/** `risk.score, risk.rank`: what a failure concerns. */
export function namesOf({ name, features }: OnDemandSpec): string {
  const all = features.map((feature) => `${name}.${feature.name}`)
  return all.length > 3 ? `${all.slice(0, 3).join(', ')}, …` : all.join(', ')
}
