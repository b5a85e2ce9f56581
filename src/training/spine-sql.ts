/** Spines of SQL: one SELECT of the join keys, `event_timestamp` and labels, run as the tenant. */
import { DatabaseError } from '../db/database.js'
import { literal } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import {
  createSpineSql,
  dropSpine,
  measureSpine,
  protectSpineSql,
  type SpineColumn,
  type SpineTable,
  spineName,
} from '../offline/spine-table.js'
import { parseSelect } from '../transform/select.js'
import { Statement } from '../transform/statement.js'
import { checkColumns, type SpineContext, spineType } from './spine.js'

export async function loadSql(context: SpineContext, sql: string, file: string | undefined): Promise<SpineTable> {
  const { db, schemas, tenant } = context
  const source = { text: sql, line: 1, column: 1, ...(file !== undefined && { file }) }
  const select = parseSelect(source, schemas.offline)
  for (const parameter of select.uses)
    if (parameter !== 'tenant_id')
      throw new FstoreError('SQL_INVALID', `A spine has no windows, so :${parameter} means nothing in it.`, {
        fix: 'Write the bounds as timestamps.',
      })
  const bindings = { start_time: '', end_time: '', tenant_id: tenant }
  const told = (error: unknown, statement: Statement) => spineError(error, statement, file)

  const probe = new Statement()
  probe
    .add('SELECT * FROM ')
    .addSelect({ ...select, references: [] }, bindings)
    .add(' AS spine LIMIT 0')
  const columns = await db
    .transaction({ role: 'app', tenant, readOnly: true }, async (tx): Promise<SpineColumn[]> => {
      const { fields } = await tx.query(probe.text, probe.parameters)
      const names = fields.map(({ name }) => name)
      checkColumns(names, context, file === undefined ? undefined : { file })
      const types = await tx.query<{ name: string }>(
        'SELECT format_type(o, NULL) AS name FROM unnest($1::oid[]) AS o',
        [fields.map(({ type }) => type)],
      )
      return names.map((name, i) => ({ name, type: spineType(name, context.keys) ?? (types.rows[i]?.name as string) }))
    })
    .catch((error: unknown) => Promise.reject(told(error, probe)))

  const name = spineName(schemas)
  await db.transaction({ role: 'owner' }, async (tx) => {
    await tx.script(createSpineSql(name, columns))
    await tx.script(protectSpineSql(name))
  })
  const fill = new Statement()
  fill.add(`INSERT INTO ${name} SELECT row_number() OVER (), ${literal(tenant)}, spine.* FROM `)
  fill.addSelect({ ...select, references: [] }, bindings).add(' AS spine')
  try {
    await db.query({ role: 'app', tenant }, fill.text, fill.parameters)
    await db.query({ role: 'owner' }, `ANALYZE ${name}`)
    return await measureSpine(db, { name, tenant, columns })
  } catch (error) {
    await dropSpine(db, name)
    throw told(error, fill)
  }
}

function spineError(error: unknown, statement: Statement, file: string | undefined): unknown {
  if (!(error instanceof DatabaseError)) return error
  const where = (error.position && statement.locate(error.position)) || (file === undefined ? undefined : { file })
  if (error.code === '42501')
    return new FstoreError('SOURCE_DENIED', `The SQL of the spine may not read: ${error.message}.`, {
      where,
      why: 'fstore runs it as the role fstore_app, which sees only what it is granted.',
      fix: 'GRANT SELECT ON the table TO fstore_app;',
    })
  const code = error.code.startsWith('22') ? 'SPINE_INVALID' : 'SQL_FAILED'
  return new FstoreError(code, `The SQL of the spine failed: ${error.message}.`, { where, fix: error.hint })
}
