import { DatabaseError } from '../../db/database.js'
import { placeAt } from '../../db/script-token.js'
import { FstoreError } from '../../errors.js'
import type { AnyStore } from '../../store.js'
import { count, value } from '../format.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { printJson, printResult } from '../output.js'
import { printTable } from '../table.js'

interface Options extends Globals {
  readonly command?: string
}

export async function run(file: string | undefined, options: Options): Promise<number> {
  const { command } = options
  if ((file === undefined) === (command === undefined))
    throw new FstoreError('USAGE', 'sql needs either a file or a statement.', {
      fix: 'Write fstore sql data/load.sql, or fstore sql -c "SELECT …".',
    })
  return withStore(options, async ({ store }) => {
    if (file !== undefined) await runFile(store, file, options)
    else await runStatement(store, command as string, options)
    return 0
  })
}

async function runFile(store: AnyStore, file: string, { json }: Options): Promise<void> {
  const result = await store.runScript(file)
  if (json) return printJson({ ...result })
  for (const { table, rows } of result.loaded) printResult(`Loaded ${count(rows, 'row')} into ${table}.`)
  printResult(`Ran ${count(result.statements, 'statement')}.`)
}

async function runStatement(store: AnyStore, sql: string, { json }: Options): Promise<void> {
  const result = await store.query(sql).catch((error: unknown) => Promise.reject(asFstoreError(error, sql)))
  const columns = result.fields.map(({ name }) => name)
  if (json) return printJson({ rows: result.rows, count: result.count })
  if (columns.length === 0) return printResult(count(result.count, 'row'))
  printTable({
    columns: columns.map((name) => ({
      head: name,
      cell: (row: Row) => value(row[name]),
      right: result.rows.some((row) => typeof row[name] === 'number' || typeof row[name] === 'bigint'),
      cut: true,
    })),
    rows: result.rows,
    fields: Object.fromEntries(columns.map((name) => [name, (row: Row) => row[name]])),
  })
}

type Row = Record<string, unknown>

function asFstoreError(error: unknown, sql: string): unknown {
  if (!(error instanceof DatabaseError)) return error
  const { position, message, hint, detail } = error
  const where = position === undefined ? undefined : placeAt('-c', sql, lengthOf(sql, position - 1))
  const several = 'Give one statement with -c, or put them into a file.'
  const fix = /multiple commands/.test(message) ? several : (hint ?? 'Mend the statement where it is shown.')
  return new FstoreError('SQL_FAILED', `The SQL failed: ${message}.`, { where, why: detail, fix })
}

/** PostgreSQL counts characters, JavaScript code units. */
function lengthOf(text: string, characters: number): number {
  return Array.from(text).slice(0, characters).join('').length
}
