/** The first group over a table: its SQL, its part of the config, and what is to be known of it. */
import type { KeyType } from '../../config/project.js'
import { visible } from '../format.js'
import { plural, quoted, singular, soundName, word } from './name.js'
import { isNumber, keyType, type Proposal } from './proposal.js'
import type { SourceColumn } from './source-table.js'

export interface GroupText {
  readonly name: string
  readonly entity: string
  /** By name. */
  readonly keys: Readonly<Record<string, KeyType>>
  /** Lines of the config. */
  readonly features: readonly string[]
  /** Builders that they call. */
  readonly builders: readonly string[]
  readonly sql: string
}

interface Value {
  /** Of the column inside the query. */
  readonly alias: string
  readonly column: SourceColumn
}

/** @param entity what it is called, where a person said so */
export function groupText(proposal: Proposal, entity?: string): GroupText {
  const { table, key } = proposal
  const entityName = entity ?? entityOf(proposal)
  const called = soundName('feature', table.name, 'rows')
  // A model of Prisma's is one of its rows: Order.
  const rows = /^[A-Z]/.test(table.name) ? plural(called) : called
  const name = soundName('group', rows.startsWith(entityName) ? rows : `${entityName}_${rows}`, 'activity')
  const keys = named(key, key.length === 1 ? keyNameOf(key[0] as SourceColumn, entityName) : undefined)
  const taken = [...keys.map(({ alias }) => alias), 'happened_at', 'in_7_days', 'in_28_days', 'recent']
  const values = named(proposal.values, undefined, taken)
  const features = featuresOf({ rows, values, proposal, taken: keys.map(({ alias }) => alias) })
  return {
    name,
    entity: entityName,
    keys: Object.fromEntries(keys.map(({ alias, column }) => [alias, keyType(column) as KeyType])),
    features: features.map(({ feature, declared }) => `${feature}: ${declared},`),
    builders: [...new Set(features.map(({ declared }) => declared.split('(', 1)[0] as string))],
    sql: sqlOf({ proposal, entity: entityName, keys, values, features }),
  }
}

/** A table refers to it, or calls its column so; of a table of its own rows it is what the table lists. */
function entityOf({ key, table }: Proposal): string {
  const { name, references } = key[0] as SourceColumn
  const bare = name.replace(/(_|(?<=[a-z]))(id|uuid|uid|key)$/i, '')
  const called = /^(id|uuid|uid|key)?$/i.test(bare) ? singular(table.name) : bare
  const target = references === null ? undefined : singular(references)
  // authorId refers to users, and says more than they do; what its name does not say, the table does.
  const text = key.length === 1 ? called || target || table.name : `${called}_pair`
  return soundName('entity', text, 'entity')
}

/** `id` alone would not say whose. */
function keyNameOf({ name }: SourceColumn, entity: string): string {
  return /^(id|uuid|uid|key)$/i.test(name) ? `${entity}_${name.toLowerCase()}` : name
}

function named(columns: readonly SourceColumn[], first?: string, taken: readonly string[] = []): Value[] {
  const values: Value[] = []
  for (const column of columns) {
    const others = [...taken, ...values.map(({ alias }) => alias)]
    const text = values.length === 0 && first !== undefined ? first : column.name
    values.push({ alias: soundName('key', text, 'value', others), column })
  }
  return values
}

interface Computed {
  readonly feature: string
  readonly declared: string
  readonly sql: string
}

function featuresOf(options: {
  readonly rows: string
  readonly values: readonly Value[]
  readonly proposal: Proposal
  readonly taken: readonly string[]
}): Computed[] {
  const { rows, values, proposal } = options
  const found: Computed[] = []
  const add = (wanted: string, declare: (description: string) => string, description: string, sql: string) => {
    const others = [...options.taken, ...found.map(({ feature }) => feature)]
    let feature = wanted
    for (let n = 2; others.includes(feature); n++) feature = `${wanted}_${n}`
    found.push({ feature, declared: declare(quoted(description)), sql })
  }
  const what = visible(proposal.table.name)
  const counted = (description: string) => `int64({ notNull: true, min: 0, description: ${description} })`
  const measured = (description: string) => `float64({ description: ${description} })`
  for (const days of [7, 28])
    add(`${rows}_${days}d`, counted, `Rows of ${what}, last ${days} days`, `count(*) FILTER (WHERE in_${days}_days)`)
  add(
    `last_${singular(rows)}_at`,
    (description) => `timestamp({ notNull: true, description: ${description} })`,
    `When the newest of them was`,
    lastInstant(proposal),
  )
  for (const { alias: plain, column } of values) {
    const alias = word(plain)
    const called = visible(column.name)
    if (isNumber(column)) {
      for (const days of [7, 28]) {
        const sum = `(coalesce(sum(${alias}) FILTER (WHERE in_${days}_days), 0))::float8`
        add(`${plain}_sum_${days}d`, measured, `Sum of ${called}, last ${days} days`, sum)
      }
      const mean = `(avg(${alias}) FILTER (WHERE in_28_days))::float8`
      add(`${plain}_avg_28d`, measured, `Average ${called}, last 28 days`, mean)
    }
    const ordered = `(array_agg(${alias} ORDER BY happened_at DESC, ${alias}) FILTER (WHERE in_28_days))[1]`
    const newest = builderOf(column) === 'float64' ? `${ordered}::float8` : ordered
    const declare = (description: string) => `${builderOf(column)}({ description: ${description} })`
    add(`last_${plain}`, declare, `Newest ${called}, last 28 days`, newest)
  }
  return found
}

function builderOf({ base, isEnum }: SourceColumn): string {
  if (['int2', 'int4', 'int8'].includes(base)) return 'int64'
  if (['float4', 'float8', 'numeric'].includes(base)) return 'float64'
  return base === 'bool' && !isEnum ? 'bool' : 'string'
}

/** As a type that keys and features have; numbers stay what they are, and only what comes of them becomes a float. */
function typed(column: SourceColumn, as = builderOf(column)): string {
  const { sql, type } = column
  if (as === 'string') return /^(text|character varying.*)$/.test(type) ? sql : `${sql}::text`
  if (as === 'int64') return /^(smallint|integer|bigint)$/.test(type) ? sql : `${sql}::bigint`
  return as === 'uuid' && type !== 'uuid' ? `${sql}::uuid` : sql
}

function lastInstant({ time }: Proposal): string {
  if (time.base === 'timestamptz') return 'max(happened_at)'
  return `max(happened_at)${time.base === 'date' ? '::timestamp' : ''} AT TIME ZONE 'UTC'`
}

function sqlOf(options: {
  readonly proposal: Proposal
  readonly entity: string
  readonly keys: readonly Value[]
  readonly values: readonly Value[]
  readonly features: readonly Computed[]
}): string {
  const { proposal, entity, keys, values, features } = options
  const { table, time, tenant } = proposal
  const at = time.sql
  // Of a column without a time zone the clock is taken to be UTC.
  const end = time.base === 'timestamptz' ? ':end_time' : `(:end_time AT TIME ZONE 'UTC')`
  const since = (days: number) => `${at} >= ${end} - interval '${days} days'`
  const given = [
    ...keys.map(({ alias, column }) => as(typed(column, keyType(column)), alias)),
    as(at, 'happened_at'),
    ...values.map(({ alias, column }) => as(typed(column), alias)),
    ...[7, 28].map((days) => as(since(days), `in_${days}_days`)),
  ]
  const conditions = [
    since(29),
    `${at} < ${end}`,
    ...keys.filter(({ column }) => !column.notNull).map(({ column }) => `${column.sql} IS NOT NULL`),
    ...(tenant ? [`${typed(tenant, 'string')} = :tenant_id`] : []),
  ]
  const names = keys.map(({ alias }) => word(alias))
  const selected = [...names, ...features.map(({ feature, sql }) => as(sql, feature))]
  return `-- What the rows of ${visible(table.sql)} say of each ${entity}, over the 7 and 28 days before the window's end.
--
-- It reads one day more than the longest span: the day after a row leaves the 28 days, counts fall to zero instead of
-- staying what they were.
SELECT
  ${selected.join(',\n  ')}
FROM (
  SELECT
    ${given.join(',\n    ')}
  FROM ${table.sql}
  WHERE ${conditions.join('\n    AND ')}
) AS recent
GROUP BY ${names.join(', ')}
`
}

function as(sql: string, name: string): string {
  return sql === word(name) ? sql : `${sql} AS ${word(name)}`
}
