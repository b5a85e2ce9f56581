/** What the database said of a user's SQL, told with the user's own file, line and caret. */
import { type Database, DatabaseError } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError, type Place } from '../errors.js'
import { placeOf } from '../transform/select.js'
import type { Statement } from '../transform/statement.js'
import type { CompiledGroup } from './compile.js'

/** @returns the error to throw: anything that is not the database's word on the SQL passes through unchanged. */
export function sqlError(error: unknown, statement: Statement, compiled: CompiledGroup): unknown {
  if (!(error instanceof DatabaseError)) return error
  const where = (error.position && statement.locate(error.position)) || filePlace(compiled)
  const group = compiled.group.name
  const why = error.detail
  if (error.code === '25006' || (error.code === '0A000' && error.message.includes('data-modifying')))
    return new FstoreError('TRANSFORM_WRITES', `The transform of ${group} tries to write: ${error.message}.`, {
      where,
      why: 'Transforms run again whenever a window is recomputed, so they may only read.',
      fix: 'Leave a SELECT that only reads.',
    })
  if (error.code === '42501') return sourceDenied(error, compiled)
  const unbuilt = compiled.reads.find(({ table }) => error.code === '42P01' && error.message.includes(table.name))
  if (unbuilt !== undefined) return notBuilt(compiled, unbuilt)
  return new FstoreError('SQL_FAILED', `The SQL of ${group} failed: ${error.message}.`, {
    where,
    why,
    fix: fixOf(error),
  })
}

/** What the server advises, or what is to be checked first. */
export function fixOf({ hint, code }: DatabaseError): string | undefined {
  return hint ?? fixes[code]
}

const fixes: Readonly<Record<string, string>> = {
  '42P01': 'Check the name and the schema of the table; tables outside "public" need their schema written.',
  '42703': 'Check the name of the column.',
  '54000': 'A row has to fit on a page of 8 kB, and a statement has limits: split the group.',
}

const refusal = /permission denied for (\w+) (.+)/

function sourceDenied(error: DatabaseError, compiled: CompiledGroup): FstoreError {
  const [, kind = 'table', name] = refusal.exec(error.message) ?? []
  return new FstoreError(
    'SOURCE_DENIED',
    `The SQL of ${compiled.group.name} may not read ${kind} ${name ?? '(unknown)'}.`,
    {
      where: placeOfName(compiled, name) ?? filePlace(compiled),
      why: 'fstore runs transforms as the role fstore_app, which owns nothing and sees only what it is granted.',
      fix: grantOf(error),
    },
  )
}

/** What lets fstore read what it was refused. */
export function grantOf({ message }: DatabaseError): string {
  const [, kind = 'table', name] = refusal.exec(message) ?? []
  const object = kind === 'schema' ? 'USAGE ON SCHEMA' : kind === 'function' ? 'EXECUTE ON FUNCTION' : 'SELECT ON TABLE'
  return `GRANT ${object} ${name === undefined ? '…' : quoted(name)} TO fstore_app;`
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : identifier(name)
}

function notBuilt(compiled: CompiledGroup, unbuilt: CompiledGroup): FstoreError {
  const [group, missing] = [compiled.group.name, unbuilt.group.name]
  return new FstoreError('NOT_BUILT', `${group} reads the group ${missing}, which was never built as it is declared.`, {
    where: placeOfName(compiled, missing),
    fix: `Run \`fstore build --select +${group}\`.`,
  })
}

function filePlace({ selects }: CompiledGroup): Place | undefined {
  const source = selects[0]?.select.source
  return selects.length === 1 && source?.file !== undefined
    ? { file: source.file, ...(source.line > 1 && { line: source.line }) }
    : undefined
}

/** Where the SQL first names a table, a schema or a function. */
function placeOfName({ selects }: CompiledGroup, name: string | undefined): Place | undefined {
  for (const { select } of selects) {
    const token = select.tokens.find(({ text }) => text === name || text === `"${name}"` || text.toLowerCase() === name)
    if (token !== undefined) return placeOf(select.source, token.start)
  }
  return undefined
}

/**
 * The GRANTs for every table and schema the SQL names and fstore_app may not read, found by explaining it as the
 * owner. What lies behind a view is its owner's to read.
 */
export async function missingGrants(db: Database, statement: Statement, compiled: CompiledGroup): Promise<string[]> {
  const relations = await db.transaction({ role: 'owner', readOnly: true }, async (tx) => {
    const explained = await tx.query(`EXPLAIN (VERBOSE, FORMAT JSON) ${statement.text}`, statement.parameters)
    const found = new Map<string, readonly [string, string]>()
    collectRelations(Object.values(explained.rows[0] ?? {})[0], found)
    const names = [...found.values()].filter(([, table]) => placeOfName(compiled, table) !== undefined)
    return tx.query<{ grant: string }>(
      `WITH relations AS (SELECT s, t FROM unnest($1::text[], $2::text[]) AS r (s, t))
       SELECT DISTINCT format('GRANT USAGE ON SCHEMA %I TO fstore_app;', s) AS grant FROM relations
       WHERE NOT has_schema_privilege('fstore_app', s, 'USAGE')
       UNION ALL
       SELECT format('GRANT SELECT ON TABLE %I.%I TO fstore_app;', s, t) FROM relations
       WHERE NOT has_table_privilege('fstore_app', format('%I.%I', s, t), 'SELECT')`,
      [names.map(([schema]) => schema), names.map(([, table]) => table)],
    )
  })
  return relations.rows.map(({ grant }) => grant)
}

function collectRelations(plan: unknown, found: Map<string, readonly [string, string]>): void {
  if (Array.isArray(plan)) for (const part of plan) collectRelations(part, found)
  if (typeof plan !== 'object' || plan === null || Array.isArray(plan)) return
  const { Schema: schema, 'Relation Name': table } = plan as Record<string, unknown>
  if (typeof schema === 'string' && typeof table === 'string') found.set(`${schema}.${table}`, [schema, table])
  for (const part of Object.values(plan)) collectRelations(part, found)
}
