/** Spines of text: CSV and JSON lines, staged as they are, then cast, so that a bad row is told by its number. */
import { parseInstant } from '../config/instant.js'
import type { Transaction } from '../db/database.js'
import { DatabaseError } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import {
  analyzeSpine,
  createSpineSql,
  measureSpine,
  ordinal,
  protectSpineSql,
  type SpineColumn,
  type SpineTable,
  spineName,
} from '../offline/spine-table.js'
import { checkColumns, type SpineContext, spineType } from './spine.js'

interface TextSpine {
  readonly content: AsyncIterable<Uint8Array>
  readonly file: string | undefined
}

/** How a staged row is read: its columns, and the text (and final value) of each. */
interface Reading {
  readonly columns: readonly SpineColumn[]
  text(name: string): string
  value(column: SpineColumn): string
  /** Lines before the first row. */
  readonly header: number
}

export async function loadCsv(context: SpineContext, { content, file }: TextSpine): Promise<SpineTable> {
  const { names, rest } = await readHeader(content)
  const place = file === undefined ? undefined : { file, line: 1 }
  checkColumns(names, context, place)
  const columns = kept(names, context).map((name) => ({ name, type: spineType(name, context.keys) ?? 'text' }))
  const list = names.map((name) => identifier(name))
  return load(context, file, async (tx, staging) => {
    await tx.script(`CREATE TEMP TABLE ${staging} (${ordinal} bigint GENERATED ALWAYS AS IDENTITY,
      ${list.map((name) => `${name} text`).join(', ')}) ON COMMIT DROP`)
    await tx.copyFrom(`COPY ${staging} (${list.join(', ')}) FROM STDIN WITH (FORMAT csv, HEADER true)`, rest)
    const text = (name: string) => identifier(name)
    return { columns, text, value: ({ name, type }) => cast(identifier(name), type), header: 1 }
  })
}

export async function loadJsonl(context: SpineContext, { content, file }: TextSpine): Promise<SpineTable> {
  return load(context, file, async (tx, staging) => {
    await tx.script(`CREATE TEMP TABLE ${staging} (${ordinal} bigint GENERATED ALWAYS AS IDENTITY, line text)
      ON COMMIT DROP`)
    // Control characters that JSON never holds unescaped keep COPY from reading anything into a line.
    await tx.copyFrom(
      `COPY ${staging} (line) FROM STDIN WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`,
      content,
    )
    await tx.script(`DELETE FROM ${staging} WHERE line !~ '\\S'`)
    await checkJson(tx, staging, file)
    const names = await jsonNames(tx, staging)
    checkColumns(
      names.length === 0 ? ['event_timestamp', ...context.keys.keys()] : names,
      context,
      file === undefined ? undefined : { file },
    )
    const columns = kept(names, context).map((name) => ({ name, type: spineType(name, context.keys) ?? 'jsonb' }))
    const text = (name: string) => `(line::json ->> ${quote(name)})`
    const value = ({ name, type }: SpineColumn) =>
      type === 'jsonb' ? `NULLIF((line::jsonb -> ${quote(name)}), 'null')` : cast(text(name), type)
    return { columns, text, value, header: 0 }
  })
}

function kept(names: readonly string[], { skip }: SpineContext): string[] {
  return names.filter((name) => skip?.has(name) !== true)
}

function cast(expression: string, type: string): string {
  return type === 'text' ? expression : `${expression}::${type}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** One transaction of the owner: nobody sees the spine before its policy is on it. */
async function load(
  context: SpineContext,
  file: string | undefined,
  stage: (tx: Transaction, staging: string) => Promise<Reading>,
): Promise<SpineTable> {
  const { db, schemas, tenant } = context
  const name = spineName(schemas)
  const staging = 'fstore_spine_staging'
  const columns = await db.transaction({ role: 'owner', tenant }, async (tx) => {
    const reading = await stage(tx, staging)
    await checkTimestamps(tx, staging, reading, file)
    await tx.script(createSpineSql(name, reading.columns))
    const values = reading.columns.map((column) => reading.value(column))
    const order = `row_number() OVER (ORDER BY ${ordinal})`
    try {
      await tx.query(
        `INSERT INTO ${name} SELECT ${order}, $1${values.map((value) => `, ${value}`).join('')} FROM ${staging}`,
        [tenant],
      )
    } catch (error) {
      throw castError(error, file)
    }
    await analyzeSpine(tx, name)
    await tx.script(protectSpineSql(name))
    return reading.columns
  })
  return measureSpine(db, { name, tenant, columns })
}

/** What PostgreSQL would read as local time, or not at all, is told by the row it stands in. */
const zoned = String.raw`^\s*\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?\s?([Zz]|[+-]\d\d(:?\d\d)?))?\s*$`

async function checkTimestamps(tx: Transaction, staging: string, reading: Reading, file: string | undefined) {
  const text = reading.text('event_timestamp')
  const { rows } = await tx.query<{ row: number; text: string | null }>(
    `SELECT ${ordinal} AS row, ${text} AS text FROM ${staging} WHERE (${text} ~ $1) IS NOT TRUE ORDER BY 1 LIMIT 1`,
    [zoned],
  )
  const bad = rows[0]
  if (bad === undefined) return
  const where = file === undefined ? undefined : { file, line: bad.row + reading.header }
  if (bad.text === null)
    throw new FstoreError('SPINE_INVALID', `Row ${bad.row} of the spine has no event_timestamp.`, { where })
  try {
    parseInstant(bad.text)
  } catch (error) {
    const { message, fix } = error as FstoreError
    throw new FstoreError('TIMESTAMP_INVALID', `Row ${bad.row} of the spine: ${message}`, { where, fix })
  }
}

async function checkJson(tx: Transaction, staging: string, file: string | undefined): Promise<void> {
  const { rows } = await tx.query<{ row: number; line: string }>(
    `SELECT ${ordinal} AS row, line FROM ${staging} WHERE line !~ '^\\s*\\{.*\\}\\s*$' ORDER BY 1 LIMIT 1`,
  )
  const bad = rows[0]
  if (bad === undefined) return
  const where = file === undefined ? undefined : { file, line: bad.row }
  throw new FstoreError('SPINE_INVALID', `Line ${bad.row} of the spine is not a JSON object.`, { where })
}

/** Names in the order of the first row; those that only later rows have come after. */
async function jsonNames(tx: Transaction, staging: string): Promise<string[]> {
  try {
    const { rows } = await tx.query<{ name: string }>(
      `SELECT name FROM (SELECT DISTINCT ON (name) name, ${ordinal} AS row, place FROM ${staging},
         json_object_keys(line::json) WITH ORDINALITY AS keys (name, place) ORDER BY name, row, place) AS names
       ORDER BY row, place`,
    )
    return rows.map(({ name }) => name)
  } catch (error) {
    throw castError(error, undefined)
  }
}

function castError(error: unknown, file: string | undefined): unknown {
  if (!(error instanceof DatabaseError) || !error.code.startsWith('22')) return error
  return new FstoreError('SPINE_INVALID', `A value of the spine cannot be read: ${error.message}.`, {
    ...(file !== undefined && { where: { file } }),
    why: error.detail,
    fix: 'Keys must be of the type that the entity declares, timestamps must exist.',
  })
}

/** The names of a CSV's first line, and the content from its start again. */
async function readHeader(
  content: AsyncIterable<Uint8Array>,
): Promise<{ names: string[]; rest: AsyncIterable<Uint8Array> }> {
  const source = content[Symbol.asyncIterator]()
  const read: Uint8Array[] = []
  let text = ''
  for (let piece = await source.next(); !piece.done; piece = await source.next()) {
    read.push(piece.value)
    text = Buffer.concat(read).toString()
    if (headerOf(text) !== undefined) break
  }
  const rest = async function* () {
    const first = Buffer.concat(read)
    yield first.subarray(first.indexOf('\uFEFF') === 0 ? 3 : 0)
    for (let piece = await source.next(); !piece.done; piece = await source.next()) yield piece.value
  }
  return { names: splitHeader(headerOf(text) ?? text.replace(/\r?\n$/, '')), rest: rest() }
}

/** Up to the first line break that is not inside quotes. */
function headerOf(text: string): string | undefined {
  const match = /^\uFEFF?((?:[^"\n]|"(?:[^"]|"")*")*?)\r?\n/.exec(text)
  return match?.[1]
}

function splitHeader(line: string): string[] {
  const cells = line.replace(/^\uFEFF/, '').match(/(?:"(?:[^"]|"")*"|[^,"])+|(?<=^|,)(?=,|$)/g) ?? []
  return cells.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell.trim()))
}
