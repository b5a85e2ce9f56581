/** The tables of a fixture, made in a database that is there for this one test. */
import type { Database, Transaction } from '../db/database.js'
import { DatabaseError } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { Fixture, FixtureTable } from './fixture.js'

/** @throws FstoreError FIXTURE_INVALID */
export async function makeTables(db: Database, { tables }: Fixture, file: string): Promise<void> {
  await db.transaction({ role: 'owner' }, async (tx) => {
    for (const [name, table] of Object.entries(tables))
      await makeTable(tx, name, table).catch((error: unknown) => {
        if (!(error instanceof DatabaseError)) throw error
        throw new FstoreError('FIXTURE_INVALID', `The table "${name}" cannot be made: ${error.message}.`, {
          where: { file },
          fix: 'Correct its columns and rows; types of your own, such as enums, are written as text here.',
        })
      })
  })
}

async function makeTable(tx: Transaction, name: string, { columns, rows }: FixtureTable): Promise<void> {
  const [table = '', schema = 'public'] = name.split('.').reverse()
  const typed: string[] = []
  for (const [column, type] of Object.entries(columns)) typed.push(`${identifier(column)} ${await typeOf(tx, type)}`)
  await tx.query(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`)
  await tx.query(`CREATE TABLE ${identifier(schema, table)} (${typed.join(', ')})`)
  await tx.query(`GRANT USAGE ON SCHEMA ${identifier(schema)} TO PUBLIC`)
  await tx.query(`GRANT SELECT ON ${identifier(schema, table)} TO PUBLIC`)
  await tx.query(
    `INSERT INTO ${identifier(schema, table)}
     SELECT * FROM jsonb_populate_recordset(NULL::${identifier(schema, table)}, $1::jsonb)`,
    [JSON.stringify(rows)],
  )
}

/** The type as the database prints it: what becomes part of a statement is never the fixture's own text. */
async function typeOf(tx: Transaction, type: string): Promise<string> {
  const { rows } = await tx.query<{ type: string | null }>(
    'SELECT format_type(to_regtype($1), to_regtypemod($1)) AS type',
    [type],
  )
  const [known] = rows
  if (known?.type) return known.type
  throw new DatabaseError({ code: '42704', message: `type "${type}" does not exist` })
}
