/** The rows of one window as SQL: typed, each with the rules it breaks, and the good ones among them. */
import type { FeatureSpec, GroupSpec } from '../config/project.js'
import { identifier, literal } from '../db/sql.js'
import { isRolling } from '../transform/rolling-part.js'
import { checksOf, keySqlType, sqlType, vectorChecks } from '../transform/rules.js'
import { type Bindings, Statement } from '../transform/statement.js'
import type { CompiledGroup } from './compile.js'
import { addRows, addSources, type Shape } from './rows.js'

export interface WindowRows {
  readonly compiled: CompiledGroup
  readonly shape: Shape
  readonly bindings: Bindings
  /** They are in the table that `stage` has made in this transaction. */
  readonly staged?: boolean
}

/** Its rows, until the transaction that computed them ends. */
const stagingTable = 'pg_temp.fstore_staged'

/** Computes the rows of a window, before anything is locked, into a table that only this transaction sees. */
export function stage(window: WindowRows): Statement {
  const { entity, features } = window.compiled.group
  const statement = new Statement()
  statement.add(`CREATE TEMPORARY TABLE fstore_staged ON COMMIT DROP AS WITH `)
  addTyped(statement, window)
  // A column of a table needs a collation; that of an expression may be undecided.
  const decided = (name: string, type: string) => (type.startsWith('text') ? `${name} COLLATE "C" AS ${name}` : name)
  const columns = [
    ...entity.keys.map(({ name, type }) => decided(identifier(name), keySqlType(type))),
    'event_timestamp',
    ...features.map((feature) => decided(identifier(feature.name), sqlType(feature))),
  ]
  statement.text = statement.text.replace(/,\n$/, '\n')
  return statement.add(`SELECT ${columns.join(', ')}, fstore_reasons
    FROM (SELECT *, ${faults(window)} AS fstore_reasons FROM fstore_typed) AS fstore_checked`)
}

/** The rows of the window, checked: `yielded` has every row with its faults, `valid` those that may be written. */
export function addYielded(statement: Statement, window: WindowRows): void {
  if (window.staged === true) {
    statement.add(`yielded AS NOT MATERIALIZED (SELECT * FROM ${stagingTable}),\n`)
  } else {
    addTyped(statement, window)
    statement.add(`yielded AS MATERIALIZED (SELECT *, ${faults(window)} AS fstore_reasons FROM fstore_typed),\n`)
  }
  const inside = window.shape.ownTimestamp ? ` AND ${insideWindow(statement, window)}` : ''
  statement.add(
    `valid AS (SELECT ${checkedColumns(window.compiled.group)} FROM yielded WHERE fstore_reasons IS NULL${inside}),\n`,
  )
}

/** Adds `fstore_typed`: what the SQL yields, each column of the type that it is kept in. */
function addTyped(statement: Statement, { compiled, shape, bindings }: WindowRows): void {
  const { entity, features } = compiled.group
  // A parameter that the statement does not use has no type, and is refused.
  const stamp = shape.ownTimestamp ? 'event_timestamp' : statement.bind(bindings.end_time)
  const columns = [
    ...entity.keys.map((key) => `${identifier(key.name)}::${keySqlType(key.type)} AS ${identifier(key.name)}`),
    `${stamp}::timestamptz AS event_timestamp`,
    ...features.map(
      (feature) => `${identifier(feature.name)}::${uncheckedType(feature)} AS ${identifier(feature.name)}`,
    ),
  ]
  addSources(statement, compiled, bindings)
  statement.add(`fstore_typed AS (SELECT ${columns.join(', ')} FROM (`)
  addRows(statement, compiled, shape, bindings)
  statement.add(`) AS fstore_transform),\n`)
}

/** A vector of other dimensions would end the statement; as a list it is a row like any that breaks a rule. */
function uncheckedType(feature: FeatureSpec): string {
  return feature.dataType === 'embedding' ? 'real[]' : sqlType(feature)
}

function checkedColumns({ entity, features }: GroupSpec): string {
  if (features.every(({ dataType }) => dataType !== 'embedding')) return '*'
  const keys = entity.keys.map(({ name }) => identifier(name))
  const values = features.map((feature) => {
    const column = identifier(feature.name)
    return feature.dataType === 'embedding' ? `${column}::${sqlType(feature)} AS ${column}` : column
  })
  return [...keys, 'event_timestamp', ...values].join(', ')
}

/** NULL for a good row, which costs one test of all rules; the reasons only for a bad one. */
function faults({ compiled, shape }: WindowRows): string {
  const { entity, features } = compiled.group
  const checks = [
    ...entity.keys.map((key) => ({ violated: `${identifier(key.name)} IS NULL`, reason: `${key.name}: key is null` })),
    ...(shape.ownTimestamp ? [{ violated: 'event_timestamp IS NULL', reason: 'event_timestamp: is null' }] : []),
    ...features.flatMap(checksOf),
    ...features.flatMap(vectorChecks),
  ]
  const any = checks.map(({ violated }) => violated).join(' OR ')
  const each = checks.map(({ violated, reason }) => `CASE WHEN ${violated} THEN ${literal(reason)} END`)
  return `CASE WHEN ${any} THEN array_remove(ARRAY[${each.join(', ')}]::text[], NULL) END`
}

/**
 * A row belongs to the window its timestamp lies in: `[start, end)` for its own stamp, the end for ours. What is rolled up
 * is stamped with the ends of several windows: `(start, end]`.
 */
export function insideWindow(statement: Statement, { compiled, shape, bindings }: WindowRows, alias = ''): string {
  const end = `${statement.bind(bindings.end_time)}::timestamptz`
  const at = `${alias}event_timestamp`
  if (!shape.ownTimestamp) return `${at} = ${end}`
  const [after, before] = isRolling(compiled.group) ? ['>', '<='] : ['>=', '<']
  return `${at} ${after} ${statement.bind(bindings.start_time)}::timestamptz AND ${at} ${before} ${end}`
}
