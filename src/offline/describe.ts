/** A look at the columns a group's SQL yields, before anything is written. */

import { nearest } from '../config/did-you-mean.js'
import type { EntityKey, FeatureSpec, GroupSpec } from '../config/project.js'
import type { Database, Field, Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { exit, FstoreError, type Place } from '../errors.js'
import { sqlType } from '../transform/rules.js'
import { placeOf } from '../transform/select.js'
import { type Bindings, Statement } from '../transform/statement.js'
import type { CompiledGroup, OwnedSelect } from './compile.js'
import { addSources, type Shape } from './rows.js'
import { missingGrants, sqlError } from './sql-error.js'

export interface Description extends Shape {
  /** Columns yielded that the group does not declare. */
  readonly unused: readonly string[]
}

export interface DescribeOptions {
  readonly db: Database
  readonly compiled: CompiledGroup
  readonly bindings: Bindings
}

/** How to look at SQL that is not about to be run. */
export interface Examination extends DescribeOptions {
  /** `owner` where the role that transforms run as may not be there yet. */
  readonly role: 'app' | 'owner'
  /** Groups whose tables are not there yet: they are read as empty. */
  readonly absent: ReadonlySet<string>
}

/** Takes down a mistake. */
export type Report = (error: FstoreError) => void

/**
 * Asks the database for the columns of each SELECT and runs it once, read-only, so that nothing a SELECT calls can
 * write.
 *
 * @throws FstoreError SQL_FAILED, SOURCE_DENIED, TRANSFORM_WRITES, TRANSFORM_COLUMNS, TRANSFORM_TYPE
 */
export async function describe(options: DescribeOptions): Promise<Description> {
  const raise: Report = (error) => {
    throw error
  }
  return (await look({ ...options, role: 'app', absent: new Set() }, raise)) as Description
}

/** The same, with every mistake handed to `report`. @returns undefined where there was one */
export async function examine(options: Examination, report: Report): Promise<Description | undefined> {
  let faults = 0
  const found = await look(options, (error) => {
    faults++
    report(error)
  })
  return faults === 0 ? found : undefined
}

async function look(options: Examination, report: Report): Promise<Description | undefined> {
  const { db, compiled, bindings, role, absent } = options
  const session = { role, tenant: bindings.tenant_id, readOnly: true, manyRows: true } as const
  const columns: (Columns | undefined)[] = []
  for (const owned of compiled.selects) {
    const statement = probe(compiled, owned, bindings, absent)
    try {
      columns.push(await db.transaction(session, (tx) => columnsOf(tx, statement)))
    } catch (error) {
      const told = await withGrants(db, sqlError(error, statement, compiled), statement, compiled)
      if (!(told instanceof FstoreError) || told.exitCode === exit.unreachable) throw told
      report(told)
      columns.push(undefined)
    }
  }
  const [first] = columns
  if (compiled.selects[0]?.feature !== undefined) return apart(compiled, columns, report)
  return first && together(compiled, first, report)
}

/** What the columns of a SELECT are held against. */
export interface Described {
  readonly group: Pick<GroupSpec, 'name' | 'entity' | 'features'>
  readonly selects: readonly OwnedSelect[]
}

/** By name, the type as PostgreSQL writes it. */
export type Columns = ReadonlyMap<string, string>

/** Enough rows for a function that writes to be called; a transform is not worth running twice for more. */
const probedRows = 100

function probe(
  compiled: CompiledGroup,
  { select }: OwnedSelect,
  bindings: Bindings,
  absent: ReadonlySet<string>,
): Statement {
  const statement = new Statement()
  statement.add('WITH ')
  addSources(statement, compiled, bindings, absent)
  statement.add('fstore_probe AS (SELECT * FROM ').addSelect(select, bindings)
  return statement.add(` AS fstore_rows)\nSELECT * FROM fstore_probe LIMIT ${probedRows}`)
}

export async function columnsOf(tx: Transaction, statement: Statement): Promise<Columns> {
  const { fields } = await tx.query(statement.text, statement.parameters)
  return typeNames(tx, fields)
}

async function typeNames(tx: Transaction, fields: readonly Field[]): Promise<Columns> {
  const { rows } = await tx.query<{ oid: string; name: string }>(
    'SELECT o::text AS oid, format_type(o, NULL) AS name FROM unnest($1::oid[]) AS o',
    [fields.map((field) => field.type)],
  )
  return new Map(fields.map((field, i) => [field.name, rows[i]?.name ?? 'unknown']))
}

async function withGrants(
  db: Database,
  error: unknown,
  statement: Statement,
  compiled: CompiledGroup,
): Promise<unknown> {
  if (!(error instanceof FstoreError) || error.code !== 'SOURCE_DENIED') return error
  const { where, why, cause, fix = '' } = error
  const refused = fix.split(' ').at(-3)
  const others = await missingGrants(db, statement, compiled).catch(() => [])
  const known = others.some((grant) => grant === fix || grant.includes(`.${refused} TO `))
  const grants = known ? others : [fix, ...others]
  return new FstoreError('SOURCE_DENIED', error.message, { where, why, cause, fix: grants.join('\n') })
}

/** Holds the columns of one SELECT of a group's features against what the group declares. */
export function together(compiled: Described, columns: Columns, report: Report): Description {
  const { entity, features } = compiled.group
  const [owned] = compiled.selects as [OwnedSelect]
  const declared = [...entity.keys.map((key) => key.name), ...features.map((feature) => feature.name)]
  const missing = declared.filter((name) => !columns.has(name))
  if (missing.length > 0) report(missingColumns(compiled, owned, missing, columns))
  const check = { compiled, owned, columns, report }
  for (const key of entity.keys) checkKey(check, key, key.name)
  for (const feature of features) checkFeature(check, feature, feature.name)
  const ownTimestamp = columns.has('event_timestamp')
  if (ownTimestamp) checkType(check, 'event_timestamp', ['timestamp with time zone'])
  const unused = [...columns.keys()].filter((name) => name !== 'event_timestamp' && !declared.includes(name))
  return { ownTimestamp, keys: [entity.keys.map((key) => identifier(key.name))], unused }
}

/** @param all undefined for a SELECT that has failed */
function apart(compiled: CompiledGroup, all: readonly (Columns | undefined)[], report: Report): Description {
  const { keys } = compiled.group.entity
  const found = compiled.selects.map((owned, i) => {
    const columns = all[i]
    if (columns === undefined) return { names: [], unused: [] }
    const single = keys.length === 1 && columns.has('entity_id')
    const names = single ? ['entity_id'] : keys.map((key) => key.name)
    const missing = [...names, 'value'].filter((name) => !columns.has(name))
    if (missing.length > 0) report(missingColumns(compiled, owned, missing, columns))
    const check = { compiled, owned, columns, report }
    keys.forEach((key, k) => void checkKey(check, key, names[k] as string))
    checkFeature(check, owned.feature as FeatureSpec, 'value')
    return { names, unused: [...columns.keys()].filter((name) => name !== 'value' && !names.includes(name)) }
  })
  return {
    ownTimestamp: false,
    keys: found.map(({ names }) => names.map((name) => identifier(name))),
    unused: found.flatMap(({ unused }) => unused),
  }
}

/** Types that hold every value of the other side. */
const text = ['text', 'character varying', 'character', 'name']
const integers = ['bigint', 'integer', 'smallint']
const accepted: Readonly<Record<string, readonly string[]>> = {
  bigint: integers,
  'double precision': ['double precision', 'real', 'integer', 'smallint'],
  text,
  boolean: ['boolean'],
  timestamptz: ['timestamp with time zone', 'date'],
  uuid: ['uuid'],
  'bigint[]': integers.map((name) => `${name}[]`),
  'double precision[]': ['double precision[]', 'real[]', 'integer[]', 'smallint[]'],
  'text[]': text.map((name) => `${name}[]`),
  'boolean[]': ['boolean[]'],
  vector: ['vector', 'real[]'],
}

interface Check {
  readonly compiled: Described
  readonly owned: OwnedSelect
  readonly columns: Columns
  readonly report: Report
}

function checkKey(check: Check, key: EntityKey, column: string): void {
  const type = key.type === 'string' ? 'text' : key.type === 'int64' ? 'bigint' : 'uuid'
  checkType(check, column, accepted[type] as readonly string[], `the key ${key.name}`, type)
}

function checkFeature(check: Check, feature: FeatureSpec, column: string): void {
  const type = sqlType(feature)
  const types = accepted[feature.dataType === 'embedding' ? 'vector' : type] as readonly string[]
  checkType(check, column, types, `${feature.dataType} ${feature.name}`, type)
}

/** A column that is missing has been told of already. */
function checkType(
  { compiled, owned, columns, report }: Check,
  column: string,
  types: readonly string[],
  what = column,
  target = types[0] as string,
): void {
  const actual = columns.get(column)
  if (actual === undefined || types.includes(actual)) return
  const message = `Column "${column}" of ${compiled.group.name} is ${actual}; ${what} needs ${types[0]}.`
  const error = new FstoreError('TRANSFORM_TYPE', message, {
    where: placeOfColumn(owned, column),
    why: `${actual} does not always fit into ${types[0]}, so fstore will not convert it unasked.`,
    fix: `Cast it in the SQL: (…)::${target}${actual === 'timestamp without time zone' ? " after AT TIME ZONE 'UTC'" : ''}.`,
  })
  report(error)
}

function missingColumns(compiled: Described, owned: OwnedSelect, missing: readonly string[], columns: Columns) {
  const yielded = [...columns.keys()]
  const [near, meant] = missing.map((name) => [nearest(name, yielded), name]).find(([like]) => like !== undefined) ?? []
  const names = missing.map((name) => `"${name}"`).join(', ')
  return new FstoreError(
    'TRANSFORM_COLUMNS',
    `The SQL of ${compiled.group.name}${owned.feature ? `.${owned.feature.name}` : ''} does not yield ${names}.`,
    {
      where: placeOfColumn(owned, near),
      why: `It yields ${yielded.join(', ') || 'nothing'}.`,
      fix:
        near === undefined
          ? 'Add the column to the SELECT, or take it out of the config.'
          : `If its "${near}" is meant, name it so in the SELECT: … AS ${meant}.`,
    },
  )
}

/** The last mention of the column in the SELECT, which is most often the one that names it. */
export function placeOfColumn({ select }: OwnedSelect, column: string | undefined): Place | undefined {
  const token = select.tokens.filter((candidate) => candidate.text.toLowerCase() === column).at(-1)
  return placeOf(select.source, token?.start ?? select.tokens.find(({ kind }) => kind !== 'space')?.start ?? 0)
}
