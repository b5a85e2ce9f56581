/** Spines of SQL: one SELECT of the join keys, `event_timestamp` and labels, run as the tenant. */
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import {
  createSpineSql,
  dropSpine,
  measureSpine,
  ordinal,
  protectSpineSql,
  type SpineColumn,
  type SpineTable,
  spineName,
} from '../offline/spine-table.js'
import { fixOf, grantOf } from '../offline/sql-error.js'
import { parseSelect, type Select } from '../transform/select.js'
import { Statement } from '../transform/statement.js'
import { checkColumns, type SpineContext, spineType } from './spine.js'

export async function loadSql(context: SpineContext, sql: string, file: string | undefined): Promise<SpineTable> {
  const { db, schemas, tenant } = context
  const spine = { name: spineName(schemas), tenant, select: parseSpine(context, sql, file), file }
  const columns = await describe(context, spine)
  try {
    await db.transaction({ role: 'owner' }, async (tx) => {
      await tx.script(createSpineSql(spine.name, columns))
      await tx.script(protectSpineSql(spine.name))
    })
    await fill(db, spine, columns)
    await db.query({ role: 'owner' }, `ANALYZE ${spine.name}`)
  } catch (error) {
    await dropSpine(db, spine.name)
    throw spineError(error, new Statement(), file)
  }
  return measureSpine(db, { name: spine.name, tenant, columns })
}

/** Looks at the columns of a spine, and loads nothing. @throws FstoreError SPINE_INVALID, TIMESTAMP_INVALID, SQL_FAILED, … */
export async function examineSpine(
  context: SpineContext,
  { sql, file, role }: { sql: string; file: string | undefined; role: 'app' | 'owner' },
): Promise<void> {
  const spine = { name: '', tenant: context.tenant, select: parseSpine(context, sql, file), file }
  await describe(context, spine, role)
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
  { tenant, select, file }: SqlSpine,
  role: 'app' | 'owner' = 'app',
): Promise<SpineColumn[]> {
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
    return names.map((name, i) => ({ name, type: spineType(name, context.keys) ?? typeOf(rows[i]?.name as string) }))
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

/** Through a temporary table, which may be written to while the transaction is read only, as the user's SQL has it. */
async function fill(db: Database, { name, tenant, select, file }: SqlSpine, columns: readonly SpineColumn[]) {
  const staging = 'fstore_spine_staging'
  const statement = new Statement().add(`INSERT INTO pg_temp.${staging} SELECT row_number() OVER (), spine.* FROM `)
  statement.addSelect(select, bindings(tenant)).add(' AS spine')
  const list = columns.map((column) => identifier(column.name)).join(', ')
  await db.transaction({ role: 'app', tenant }, async (tx) => {
    await tx.script(`CREATE TEMP TABLE ${staging} ON COMMIT DROP AS SELECT ${ordinal}, ${list} FROM ${name};
      SAVEPOINT fstore_reading; SET LOCAL transaction_read_only = on`)
    await tx.query(statement.text, statement.parameters).catch((error: unknown) => {
      throw spineError(error, statement, file)
    })
    await tx.script('RELEASE SAVEPOINT fstore_reading')
    await tx.query(`INSERT INTO ${name} SELECT ${ordinal}, $1, ${list} FROM pg_temp.${staging}`, [tenant])
  })
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
