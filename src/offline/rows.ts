/** The SQL of the rows a group yields in one window, before any of it is checked or written. */
import { identifier } from '../db/sql.js'
import { keySqlType, sqlType } from '../transform/rules.js'
import type { Bindings, Statement } from '../transform/statement.js'
import type { CompiledGroup, OwnedSelect } from './compile.js'

/** What a dry look at the SELECTs has told about their columns. */
export interface Shape {
  /** The transform stamps its rows itself; otherwise they are stamped with the window's end. */
  readonly ownTimestamp: boolean
  /** For each SELECT, its columns that hold the keys, quoted: `entity_id` where a SELECT per feature says so. */
  readonly keys: readonly (readonly string[])[]
}

/**
 * Adds `name AS (…)` for every group that the SQL reads: the current rows known by the window's end.
 *
 * @param absent groups whose tables are not there yet: they are read as empty
 */
export function addSources(
  statement: Statement,
  compiled: CompiledGroup,
  bindings: Bindings,
  absent: ReadonlySet<string> = new Set(),
): void {
  for (const source of compiled.reads) {
    const { table } = source
    const columns = [...table.keys, 'event_timestamp', 'created_at', ...table.features].join(', ')
    if (absent.has(table.group)) {
      statement.add(`${identifier(table.group)} AS (SELECT ${nothing(source)} WHERE false),\n`)
      continue
    }
    statement.add(`${identifier(table.group)} AS (SELECT ${columns} FROM ${table.history}
      WHERE tenant_id = ${statement.bind(bindings.tenant_id)} AND superseded_at IS NULL
        AND event_timestamp <= ${statement.bind(bindings.end_time)}::timestamptz),\n`)
  }
}

/** A row of nulls that has the columns of a group's rows. */
function nothing({ group }: CompiledGroup): string {
  const keys = group.entity.keys.map((key) => `NULL::${keySqlType(key.type)} AS ${identifier(key.name)}`)
  const stamps = ['event_timestamp', 'created_at'].map((name) => `NULL::timestamptz AS ${name}`)
  const features = group.features.map((feature) => `NULL::${sqlType(feature)} AS ${identifier(feature.name)}`)
  return [...keys, ...stamps, ...features].join(', ')
}

/** Adds one SELECT as a query of its own, the groups it reads before it. */
export function addAlone(statement: Statement, compiled: CompiledGroup, { select }: OwnedSelect, bindings: Bindings) {
  if (compiled.reads.length > 0) statement.add('WITH ')
  addSources(statement, compiled, bindings)
  statement.text = statement.text.replace(/,\n$/, '\n')
  return statement.add('SELECT * FROM ').addSelect(select, bindings).add(' AS fstore_rows')
}

/** Adds a query that yields the columns as the user's SQL has them: keys, features, maybe event_timestamp. */
export function addRows(statement: Statement, compiled: CompiledGroup, shape: Shape, bindings: Bindings): void {
  const [first] = compiled.selects as [OwnedSelect, ...OwnedSelect[]]
  if (first.feature === undefined) {
    statement.add('SELECT * FROM ').addSelect(first.select, bindings).add(' AS fstore_rows')
    return
  }
  addCombined(statement, compiled, shape, bindings)
}

/** A SELECT per feature, each yielding the keys (or `entity_id`) and `value`, put side by side. */
function addCombined(statement: Statement, compiled: CompiledGroup, shape: Shape, bindings: Bindings): void {
  const { keys } = compiled.table
  const names = compiled.selects.map((_, i) => identifier(`fstore_${i}`))
  statement.add('WITH ')
  compiled.selects.forEach(({ select }, i) => {
    statement.add(`${i === 0 ? '' : ', '}${names[i]} (${[...keys, 'value'].join(', ')}) AS (`)
    const own = compiled.group.entity.keys.map((key, k) => `${shape.keys[i]?.[k]}::${keySqlType(key.type)}`)
    statement
      .add(`SELECT ${own.join(', ')}, value FROM `)
      .addSelect(select, bindings)
      .add(' AS fstore_rows)')
  })
  const all = names.map((name) => `SELECT ${keys.join(', ')} FROM ${name}`).join(' UNION ')
  const values = compiled.selects.map(({ feature }, i) => `${names[i]}.value AS ${identifier(feature?.name ?? '')}`)
  statement.add(` SELECT ${keys.map((key) => `fstore_keys.${key}`).join(', ')}, ${values.join(', ')}
    FROM (${all}) AS fstore_keys`)
  for (const name of names)
    statement.add(` LEFT JOIN ${name} ON ${keys.map((key) => `${name}.${key} = fstore_keys.${key}`).join(' AND ')}`)
}
