/** What a group would yield in one window, without writing anything. */
import type { Database, Row } from '../db/database.js'
import { Statement } from '../transform/statement.js'
import type { CompiledGroup } from './compile.js'
import { describe } from './describe.js'
import { sqlError } from './sql-error.js'
import { addYielded } from './yielded.js'

/** The first rows that the SELECT of a group yields for one window. */
export interface Preview {
  readonly group: string
  /** Instants, UTC. */
  readonly start: string
  readonly end: string
  readonly columns: readonly string[]
  /** The first rows, by column; `reasons` for those that break rules. */
  readonly rows: readonly { readonly values: Row; readonly reasons: readonly string[] | null }[]
  readonly total: number
  readonly rejected: number
  readonly unusedColumns: readonly string[]
}

/** @throws FstoreError what `build` would throw for this window before it writes */
export async function preview(options: {
  db: Database
  compiled: CompiledGroup
  tenant: string
  start: string
  end: string
  limit: number
}): Promise<Preview> {
  const { db, compiled, tenant, start, end, limit } = options
  const bindings = { start_time: start, end_time: end, tenant_id: tenant }
  const shape = await describe({ db, compiled, bindings })
  const statement = new Statement()
  statement.add('WITH ')
  addYielded(statement, { compiled, shape, bindings })
  statement.add(`counted AS (SELECT count(*) AS total, count(fstore_reasons) AS rejected FROM yielded)
    SELECT total, rejected, first.* FROM counted LEFT JOIN (
      SELECT * FROM yielded ORDER BY ${compiled.table.keys.join(', ')} LIMIT ${statement.bind(limit)}) AS first ON true`)
  const session = { role: 'app', tenant, readOnly: true } as const
  const { rows, fields } = await db
    .query(session, statement.text, statement.parameters)
    .catch((error: unknown) => Promise.reject(sqlError(error, statement, compiled)))
  const columns = fields
    .map(({ name }) => name)
    .filter((name) => !['total', 'rejected', 'fstore_reasons'].includes(name))
  const { total, rejected } = rows[0] as Row
  return {
    group: compiled.group.name,
    start,
    end,
    columns,
    rows: total === 0 ? [] : rows.map((row) => rowOf(row, columns)),
    total,
    rejected,
    unusedColumns: shape.unused,
  }
}

function rowOf(row: Row, columns: readonly string[]): Preview['rows'][number] {
  const values = Object.fromEntries(columns.map((name) => [name, row[name]]))
  return { values, reasons: row.fstore_reasons }
}
