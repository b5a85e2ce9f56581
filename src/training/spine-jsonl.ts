/** Spines of JSON lines: keys and the timestamp as their text, all else as the JSON it is. */
import type { Transaction } from '../db/database.js'
import { literal } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { ordinal, type SpineTable } from '../offline/spine-table.js'
import { attempt, firstBadRow } from './bad-row.js'
import { checkColumns, keptColumns, type SpineContext } from './spine.js'
import { spineBytes } from './spine-bytes.js'
import { copyText, loadStaged, staging, type TextSpine, valueSql } from './spine-staging.js'

export async function loadJsonl(context: SpineContext, { content, file }: TextSpine): Promise<SpineTable> {
  return loadStaged(context, file, async (tx) => {
    await tx.script(`CREATE TEMP TABLE ${staging} (${ordinal} bigint GENERATED ALWAYS AS IDENTITY, line text)
      ON COMMIT DROP`)
    // Control characters that JSON never holds unescaped keep COPY from reading anything into a line.
    const copy = `COPY ${staging} (line) FROM STDIN WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`
    await copyText(tx, copy, ['line'], { content: spineBytes(content, file), file })
    await tx.script(`DELETE FROM ${staging} WHERE (line ~ '\\S') IS NOT TRUE`)
    await checkLines(tx, [...context.keys.keys()], file)
    const found = await namesOf(tx)
    const { keys, request = new Map(), labels = [] } = context
    const names = found.length > 0 ? found : ['event_timestamp', ...keys.keys(), ...request.keys(), ...labels]
    checkColumns(names, context, file === undefined ? undefined : { file })
    const text = (name: string) => `(line::json ->> ${literal(name)})`
    return {
      columns: keptColumns(names, context, 'jsonb'),
      text,
      value: ({ name, type }) =>
        type === 'jsonb' ? `NULLIF(line::jsonb -> ${literal(name)}, 'null')` : valueSql(text(name), type),
      number: `row_number() OVER (ORDER BY ${ordinal})`,
      header: 0,
    }
  })
}

/** @throws FstoreError SPINE_INVALID: a line is no JSON object, or a key in it is neither text nor a number */
async function checkLines(tx: Transaction, keys: readonly string[], file: string | undefined): Promise<void> {
  const refuse = (line: number, problem: string, why?: string) => {
    const where = file === undefined ? undefined : { file, line }
    return new FstoreError('SPINE_INVALID', `Line ${line} of the spine ${problem}.`, { where, why })
  }
  const first = (condition: string) =>
    tx.query<{ row: number }>(`SELECT ${ordinal} AS row FROM ${staging} WHERE ${condition} ORDER BY 1 LIMIT 1`)
  // As jsonb, since json may hold what no one can read out of it.
  const checked = await attempt(tx, () => first("jsonb_typeof(line::jsonb) <> 'object'"))
  if ('error' in checked)
    throw refuse(await firstBadRow(tx, staging, ['line::jsonb']), 'cannot be read as JSON', checked.error.detail)
  const [other] = checked.value.rows
  if (other !== undefined) throw refuse(other.row, 'is not a JSON object')
  for (const key of keys) {
    const [bad] = (await first(`json_typeof(line::json -> ${literal(key)}) NOT IN ('string', 'number', 'null')`)).rows
    if (bad !== undefined) throw refuse(bad.row, `has a key "${key}" that is neither text nor a number`)
  }
}

/** Names in the order of the first row; those that only later rows have come after. */
async function namesOf(tx: Transaction): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `SELECT name FROM (SELECT DISTINCT ON (name) name, ${ordinal} AS row, place FROM ${staging},
       json_object_keys(line::json) WITH ORDINALITY AS keys (name, place) ORDER BY name, row, place) AS names
     ORDER BY row, place`,
  )
  return rows.map(({ name }) => name)
}
