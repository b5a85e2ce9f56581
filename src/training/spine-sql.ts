/** Spines of SQL: one SELECT of the join keys, `event_timestamp` and labels, run as the tenant. */
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import {
  createPrivateSpineSql,
  createSpineSql,
  dropSpine,
  measuredSpine,
  measureSpine,
  measuresOf,
  ordinal,
  privateSpine,
  protectSpineSql,
  type SpineColumn,
  type SpineTable,
  spineName,
} from '../offline/spine-table.js'
import { fixOf, grantOf } from '../offline/sql-error.js'
import { parseSelect, type Select } from '../transform/select.js'
import { Statement } from '../transform/statement.js'
import { checkColumns, type PreparedSpine, type SpineContext, spineType } from './spine.js'

export async function prepareSql(context: SpineContext, sql: string, file: string | undefined): Promise<PreparedSpine> {
  const { db, schemas, tenant } = context
  const select = parseSpine(context, sql, file)
  const { columns, rows } = await describe(context, { tenant, select, file })
  return {
    rows,
    load: (tx) =>
      tx === undefined
        ? loadShared(db, { name: spineName(schemas), tenant, select, file }, columns)
        : loadPrivate(tx, { name: privateSpine, tenant, select, file }, columns),
  }
}

async function loadPrivate(tx: Transaction, spine: SqlSpine, columns: readonly SpineColumn[]): Promise<SpineTable> {
  await tx.script(createPrivateSpineSql(columns)).catch((error: unknown) => {
    throw spineError(error, new Statement(), spine.file)
  })
  await fill(tx, spine, spine.name)
  const { name, tenant } = spine
  return measuredSpine({ name, isPrivate: true, tenant, columns }, await measuresOf(name, (sql) => tx.query(sql)))
}

async function loadShared(db: Database, spine: SqlSpine, columns: readonly SpineColumn[]): Promise<SpineTable> {
  const { name, tenant, file } = spine
  const list = columns.map((column) => identifier(column.name)).join(', ')
  try {
    await db.transaction({ role: 'owner' }, async (tx) => {
      await tx.script(createSpineSql(name, columns))
      await tx.script(protectSpineSql(name))
    })
    await db.transaction({ role: 'app', tenant }, async (tx) => {
      const staging = 'fstore_spine_staging'
      await tx.script(`CREATE TEMP TABLE ${staging} ON COMMIT DROP AS SELECT ${ordinal}, ${list} FROM ${name}`)
      await fill(tx, spine, `pg_temp.${staging}`)
      await tx.query(`INSERT INTO ${name} SELECT ${ordinal}, $1, ${list} FROM pg_temp.${staging}`, [tenant])
    })
    await db.query({ role: 'owner' }, `ANALYZE ${name}`)
  } catch (error) {
    await dropSpine(db, name)
    throw spineError(error, new Statement(), file)
  }
  return measureSpine(db, { name, tenant, columns })
}

/** Looks at the columns of a spine, and loads nothing. @throws FstoreError SPINE_INVALID, TIMESTAMP_INVALID, SQL_FAILED, … */
export async function examineSpine(
  context: SpineContext,
  { sql, file, role }: { sql: string; file: string | undefined; role: 'app' | 'owner' },
): Promise<void> {
  await describe(context, { tenant: context.tenant, select: parseSpine(context, sql, file), file }, role)
}

interface SqlSpine {
  readonly name: string
  readonly tenant: string
  readonly select: Select
  readonly file: string | undefined
}

function parseSpine({ schemas }: SpineContext, sql: string, file: string | undefined): Select {
  const source = { text: sql, line: 1, column: 1, ...(file !== undefined && { file }) }
  const select = parseSelect(source, schemas.offline, 'spine')
  for (const parameter of select.uses)
    if (parameter !== 'tenant_id')
      throw new FstoreError('SQL_INVALID', `A spine has no windows, so :${parameter} means nothing in it.`, {
        fix: 'Write the bounds as timestamps.',
      })
  return { ...select, references: [] }
}

/** The OID of `timestamp`. */
const naive = 1114

async function describe(
  context: SpineContext,
  { tenant, select, file }: Omit<SqlSpine, 'name'>,
  role: 'app' | 'owner' = 'app',
): Promise<{ readonly columns: SpineColumn[]; readonly rows: number }> {
  const probe = new Statement().add('SELECT * FROM ')
  probe.addSelect(select, bindings(tenant)).add(' AS spine LIMIT 0')
  const read = async (tx: Transaction) => {
    const { fields } = await tx.query(probe.text, probe.parameters)
    const names = fields.map(({ name }) => name)
    const where = file === undefined ? undefined : { file }
    checkColumns(names, context, where)
    if (fields.some(({ name, type }) => name === 'event_timestamp' && type === naive))
      throw new FstoreError('TIMESTAMP_INVALID', 'The event_timestamp of the spine has no time zone.', {
        where,
        why: 'Which instant it means depends on where one stands.',
        fix: "Say it in the SQL: event_timestamp AT TIME ZONE 'UTC' AS event_timestamp.",
      })
    // Without a length: NULL for it would make one character of a char(5).
    const { rows } = await tx.query<{ name: string }>('SELECT format_type(o, -1) AS name FROM unnest($1::oid[]) AS o', [
      fields.map(({ type }) => type),
    ])
    const typeAt = (i: number) => typeOf(rows[i]?.name as string)
    return {
      columns: names.map((name, i) => ({ name, type: spineType(name, context.keys) ?? typeAt(i) })),
      rows: await estimate(tx, select, tenant),
    }
  }
  try {
    return await context.db.transaction({ role, tenant, readOnly: true }, read)
  } catch (error) {
    throw spineError(error, probe, file)
  }
}

/** JSON as it was written may hold line breaks, which would end a line of the output. */
function typeOf(type: string): string {
  return type === 'json' ? 'jsonb' : type
}

/** How many rows the planner takes it to have. */
async function estimate(tx: Transaction, select: Select, tenant: string): Promise<number> {
  const explain = new Statement().add('EXPLAIN (FORMAT JSON) SELECT * FROM ')
  explain.addSelect(select, bindings(tenant)).add(' AS spine')
  const { rows } = await tx.query<{ 'QUERY PLAN': unknown }>(explain.text, explain.parameters)
  const [plan] = rows.map((row) => row['QUERY PLAN'])
  const [{ Plan }] = (typeof plan === 'string' ? JSON.parse(plan) : plan) as [{ Plan: { 'Plan Rows': number } }]
  return Plan['Plan Rows']
}

/** Into a temporary table, which may be written to while the transaction is read only, as the user's SQL has it. */
async function fill(tx: Transaction, { tenant, select, file }: SqlSpine, table: string): Promise<void> {
  const statement = new Statement().add(`INSERT INTO ${table} SELECT row_number() OVER (), spine.* FROM `)
  statement.addSelect(select, bindings(tenant)).add(' AS spine')
  await tx.script('SAVEPOINT fstore_reading; SET LOCAL transaction_read_only = on')
  await tx.query(statement.text, statement.parameters).catch((error: unknown) => {
    throw spineError(error, statement, file)
  })
  await tx.script('RELEASE SAVEPOINT fstore_reading')
}

function bindings(tenant: string) {
  return { start_time: '', end_time: '', tenant_id: tenant }
}

function spineError(error: unknown, statement: Statement, file: string | undefined): unknown {
  if (!(error instanceof DatabaseError)) return error
  const where = (error.position && statement.locate(error.position)) || (file === undefined ? undefined : { file })
  if (error.code === '25006')
    return new FstoreError('TRANSFORM_WRITES', `The SQL of the spine tries to write: ${error.message}.`, {
      where,
      fix: 'Leave a SELECT that only reads.',
    })
  if (error.code === '42501')
    return new FstoreError('SOURCE_DENIED', `The SQL of the spine may not read: ${error.message}.`, {
      where,
      why: 'fstore runs it as the role fstore_app, which sees only what it is granted.',
      fix: grantOf(error),
    })
  const code = error.code.startsWith('22') ? 'SPINE_INVALID' : 'SQL_FAILED'
  return new FstoreError(code, `The SQL of the spine failed: ${error.message}.`, { where, fix: fixOf(error) })
}
