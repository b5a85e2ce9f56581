/** A look at the columns a group's SQL yields, before anything is written. */

import { nearest } from '../config/did-you-mean.js'
import type { EntityKey, FeatureSpec } from '../config/project.js'
import type { Database, Field, Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError, type Place } from '../errors.js'
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

/**
 * Asks the database for the columns of each SELECT and runs it once, read-only, so that nothing a SELECT calls can
 * write.
 *
 * @throws FstoreError SQL_FAILED, SOURCE_DENIED, TRANSFORM_WRITES, TRANSFORM_COLUMNS, TRANSFORM_TYPE
 */
export async function describe(options: {
  db: Database
  compiled: CompiledGroup
  bindings: Bindings
}): Promise<Description> {
  const { db, compiled, bindings } = options
  const session = { role: 'app', tenant: bindings.tenant_id, readOnly: true } as const
  const columns: Columns[] = []
  for (const owned of compiled.selects) {
    const statement = probe(compiled, owned, bindings)
    try {
      columns.push(await db.transaction(session, (tx) => columnsOf(tx, statement)))
    } catch (error) {
      throw await withGrants(db, sqlError(error, statement, compiled), statement, compiled)
    }
  }
  return columns.length === 1 && compiled.selects[0]?.feature === undefined
    ? together(compiled, columns[0] as Columns)
    : apart(compiled, columns)
}

/** By name, the type as PostgreSQL writes it. */
type Columns = ReadonlyMap<string, string>

/** Enough rows for a function that writes to be called; a transform is not worth running twice for more. */
const probedRows = 100

function probe(compiled: CompiledGroup, { select }: OwnedSelect, bindings: Bindings): Statement {
  const statement = new Statement()
  statement.add('WITH ')
  addSources(statement, compiled, bindings)
  statement.add('fstore_probe AS (SELECT * FROM ').addSelect(select, bindings)
  return statement.add(` AS fstore_rows)\nSELECT * FROM fstore_probe LIMIT ${probedRows}`)
}

async function columnsOf(tx: Transaction, statement: Statement): Promise<Columns> {
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

function together(compiled: CompiledGroup, columns: Columns): Description {
  const { entity, features } = compiled.group
  const [owned] = compiled.selects as [OwnedSelect]
  const declared = [...entity.keys.map((key) => key.name), ...features.map((feature) => feature.name)]
  const missing = declared.filter((name) => !columns.has(name))
  if (missing.length > 0) throw missingColumns(compiled, owned, missing, columns)
  for (const key of entity.keys) checkKey(compiled, owned, key, key.name, columns)
  for (const feature of features) checkFeature(compiled, owned, feature, feature.name, columns)
  const ownTimestamp = columns.has('event_timestamp')
  if (ownTimestamp) checkType(compiled, owned, 'event_timestamp', ['timestamp with time zone'], columns)
  const unused = [...columns.keys()].filter((name) => name !== 'event_timestamp' && !declared.includes(name))
  return { ownTimestamp, keys: [entity.keys.map((key) => identifier(key.name))], unused }
}

function apart(compiled: CompiledGroup, all: readonly Columns[]): Description {
  const { keys } = compiled.group.entity
  const found = compiled.selects.map((owned, i) => {
    const columns = all[i] as Columns
    const single = keys.length === 1 && columns.has('entity_id')
    const names = single ? ['entity_id'] : keys.map((key) => key.name)
    const missing = [...names, 'value'].filter((name) => !columns.has(name))
    if (missing.length > 0) throw missingColumns(compiled, owned, missing, columns)
    keys.forEach((key, k) => void checkKey(compiled, owned, key, names[k] as string, columns))
    checkFeature(compiled, owned, owned.feature as FeatureSpec, 'value', columns)
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

function checkKey(compiled: CompiledGroup, owned: OwnedSelect, key: EntityKey, column: string, columns: Columns) {
  const type = key.type === 'string' ? 'text' : key.type === 'int64' ? 'bigint' : 'uuid'
  checkType(compiled, owned, column, accepted[type] as readonly string[], columns, `the key ${key.name}`, type)
}

function checkFeature(
  compiled: CompiledGroup,
  owned: OwnedSelect,
  feature: FeatureSpec,
  column: string,
  columns: Columns,
) {
  const type = sqlType(feature)
  const types = accepted[feature.dataType === 'embedding' ? 'vector' : type] as readonly string[]
  checkType(compiled, owned, column, types, columns, `${feature.dataType} ${feature.name}`, type)
}

function checkType(
  compiled: CompiledGroup,
  owned: OwnedSelect,
  column: string,
  types: readonly string[],
  columns: Columns,
  what = column,
  target = types[0] as string,
): void {
  const actual = columns.get(column) as string
  if (types.includes(actual)) return
  throw new FstoreError(
    'TRANSFORM_TYPE',
    `Column "${column}" of ${compiled.group.name} is ${actual}; ${what} needs ${types[0]}.`,
    {
      where: placeOfColumn(owned, column),
      why: `${actual} does not always fit into ${types[0]}, so fstore will not convert it unasked.`,
      fix: `Cast it in the SQL: (…)::${target}${actual === 'timestamp without time zone' ? " after AT TIME ZONE 'UTC'" : ''}.`,
    },
  )
}

function missingColumns(compiled: CompiledGroup, owned: OwnedSelect, missing: readonly string[], columns: Columns) {
  const yielded = [...columns.keys()]
  const near = missing.map((name) => nearest(name, yielded)).find((name) => name !== undefined)
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
          : `Did you mean "${near}"? Name the column with AS.`,
    },
  )
}

/** The last mention of the column in the SELECT, which is most often the one that names it. */
function placeOfColumn({ select }: OwnedSelect, column: string | undefined): Place | undefined {
  const token = select.tokens.filter((candidate) => candidate.text.toLowerCase() === column).at(-1)
  return placeOf(select.source, token?.start ?? select.tokens.find(({ kind }) => kind !== 'space')?.start ?? 0)
}
