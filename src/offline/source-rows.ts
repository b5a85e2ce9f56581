/** The tables that a group's SQL reads, and of each the columns it uses and some rows: what a test of it needs. */
import type { KeyTexts } from '../config/key.js'
import type { Transaction } from '../db/database.js'
import { appRole } from '../db/session.js'
import { identifier, literal } from '../db/sql.js'
import { isRolling } from '../transform/rolling-part.js'
import { Statement } from '../transform/statement.js'
import type { CompiledGroup } from './compile.js'
import { addSources } from './rows.js'
import { tenantColumns } from './tenant-columns.js'

/** A table that the SQL of a group reads, with some of its rows. */
export interface SourceTable {
  /** `schema.name`; the bare name in `public`. */
  readonly name: string
  /** Types by column. */
  readonly columns: Readonly<Record<string, string>>
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** There are more. */
  readonly isCut: boolean
}

export interface SourceRowsRequest {
  /** Of the window. */
  readonly start: string
  readonly end: string
  readonly tenant: string
  /** Only rows of this entity, of the tables that have its keys. */
  readonly key?: KeyTexts | undefined
  /** Only rows with a timestamp from here to the end of the window, of the tables that have timestamps. */
  readonly since?: string | undefined
  /** Rows of one table, at most. */
  readonly limit: number
}

class LiteralStatement extends Statement {
  override bind(value: unknown): string {
    return literal(String(value))
  }
}

/** Of the group and of those that it reads. The transaction may write, and is to be rolled back. */
export async function sourceRows(
  tx: Transaction,
  compiled: CompiledGroup,
  request: SourceRowsRequest,
): Promise<SourceTable[]> {
  const tables = new Map<string, Map<string, string>>()
  for (const group of [...compiled.reads, compiled])
    for (const { table, column, type } of await columnsRead(tx, group, request)) {
      const columns = tables.get(table) ?? new Map<string, string>()
      tables.set(table, columns.set(column, type))
    }
  const found: SourceTable[] = []
  // What a build would read: policies of the tables' own hold for it, too.
  await tx.query(`SET LOCAL ROLE ${appRole}`)
  for (const [name, columns] of tables) found.push(await readTable(tx, { name, columns, compiled, request }))
  return found
}

interface ColumnRead {
  readonly table: string
  readonly column: string
  readonly type: string
}

/** As the database itself notes what a view depends on. */
async function columnsRead(tx: Transaction, compiled: CompiledGroup, request: SourceRowsRequest) {
  const found: ColumnRead[] = []
  for (const { select } of compiled.selects) {
    const bindings = { start_time: request.start, end_time: request.end, tenant_id: request.tenant }
    const statement = new LiteralStatement()
    statement.add('CREATE TEMPORARY VIEW fstore_sources AS ')
    if (compiled.reads.length > 0) statement.add('WITH ')
    addSources(statement, compiled, bindings)
    statement.text = statement.text.replace(/,\n$/, '\n')
    statement.add('SELECT * FROM ').addSelect(select, bindings).add(' AS fstore_transform')
    await tx.query(statement.text)
    const { rows } = await tx.query<ColumnRead>(
      `SELECT CASE WHEN namespace.nspname = 'public' THEN '' ELSE namespace.nspname || '.' END || class.relname AS table,
         attribute.attname AS column,
         -- Where a test is run there are no types of the user's own.
         CASE type.typtype WHEN 'e' THEN 'text' WHEN 'd' THEN format_type(type.typbasetype, type.typtypmod)
           ELSE format_type(attribute.atttypid, attribute.atttypmod) END AS type
       FROM pg_rewrite AS rule JOIN pg_depend AS dependence ON dependence.objid = rule.oid
         AND dependence.refclassid = 'pg_class'::regclass AND dependence.refobjsubid > 0
       JOIN pg_class AS class ON class.oid = dependence.refobjid
       JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
       JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = dependence.refobjsubid
       JOIN pg_type AS type ON type.oid = attribute.atttypid
       WHERE rule.ev_class = 'pg_temp.fstore_sources'::regclass AND class.oid <> rule.ev_class
         AND NOT namespace.nspname = ANY ($1)
       ORDER BY 1, attribute.attnum`,
      [compiled.reads.map(({ table }) => schemaOf(table.history))],
    )
    found.push(...rows)
    await tx.query('DROP VIEW pg_temp.fstore_sources')
  }
  return found
}

/** `"schema"."table"`, quoted as it is written. */
function schemaOf(table: string): string {
  return table.slice(1, table.indexOf('"', 1))
}

async function readTable(
  tx: Transaction,
  {
    name,
    columns,
    compiled,
    request,
  }: {
    readonly name: string
    readonly columns: ReadonlyMap<string, string>
    readonly compiled: CompiledGroup
    readonly request: SourceRowsRequest
  },
): Promise<SourceTable> {
  const [table = '', schema = 'public'] = name.split('.').reverse()
  const names = [...columns.keys()]
  const { rows } = await tx.query<{ row: Record<string, unknown> }>(
    `SELECT to_json(source) AS row FROM (SELECT ${names.map((column) => identifier(column)).join(', ')}
       FROM ${identifier(schema, table)} WHERE ${[ofTenant, ofEntity, inTime].map((which) => which(compiled, columns, request)).join(' AND ')}
       ORDER BY ${names.map((_, i) => i + 1).join(', ')} LIMIT ${request.limit + 1}) AS source`,
  )
  const isCut = rows.length > request.limit
  const kept = rows.slice(0, request.limit).map(({ row }) => row)
  return { name, columns: Object.fromEntries(columns), rows: kept, isCut }
}

/** Types by name. */
type Columns = ReadonlyMap<string, string>

/** Rows of the tenant, of the tables that say whose they are. */
function ofTenant({ selects, reads }: CompiledGroup, columns: Columns, { tenant }: SourceRowsRequest): string {
  const all = [...selects, ...reads.flatMap((group) => group.selects)].flatMap(({ select }) => tenantColumns(select))
  const own = [...new Set(all)].filter((name) => columns.has(name))
  return own.length === 0 ? 'true' : own.map((name) => `${identifier(name)}::text = ${literal(tenant)}`).join(' AND ')
}

/** By key type, the types of columns that may hold one. */
const holders = { string: /^(text|character|citext)/, int64: /^(bigint|integer|smallint)/, uuid: /^uuid/ }

/** Rows that name the entity: in the column of its key, or where there is none of that name in any that could be it. */
function ofEntity({ group }: CompiledGroup, columns: Columns, { key }: SourceRowsRequest): string {
  if (key === undefined) return 'true'
  const mapped = isRolling(group) ? group.rolling.keys : {}
  const conditions = group.entity.keys.flatMap(({ name, type }, k) => {
    const own = mapped[name] ?? name
    const fitting = [...columns].filter(([, sqlType]) => holders[type].test(sqlType)).map(([column]) => column)
    const candidates = columns.has(own) ? [own] : fitting
    const equal = candidates.map((column) => `${identifier(column)}::text = ${literal(key[k] as string)}`)
    return equal.length === 0 ? [] : [`(${equal.join(' OR ')})`]
  })
  return conditions.length < group.entity.keys.length ? 'true' : conditions.join(' AND ')
}

function inTime(_: CompiledGroup, columns: Columns, { since, end }: SourceRowsRequest): string {
  const stamps = [...columns].filter(([, type]) => /^(timestamp|date)/.test(type)).map(([name]) => identifier(name))
  if (since === undefined || stamps.length === 0) return 'true'
  return `(${stamps.map((name) => `(${name} >= ${literal(since)} AND ${name} < ${literal(end)})`).join(' OR ')})`
}
