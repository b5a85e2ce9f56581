/** From staged text to a spine: every value is cast, and a row that cannot be is told by its line. */
import { parseInstant } from '../config/instant.js'
import type { DatabaseError, Transaction } from '../db/database.js'
import { literal } from '../db/sql.js'
import { FstoreError, type Place } from '../errors.js'
import {
  analyzeSpine,
  createPrivateSpineSql,
  createSpineSql,
  measuredSpine,
  measuresOf,
  ordinal,
  privateSpine,
  protectSpineSql,
  type SpineColumn,
  type SpineTable,
  spineName,
} from '../offline/spine-table.js'
import { attempt, firstBadRow, isDataError } from './bad-row.js'
import type { SpineContext } from './spine.js'

export interface TextSpine {
  readonly content: AsyncIterable<Uint8Array>
  readonly file: string | undefined
}

/** A temporary table with the rows of a text, numbered from 1, and how to read them. */
export interface Staged {
  readonly columns: readonly SpineColumn[]
  text(name: string): string
  value(column: SpineColumn): string
  /** Of a row, its number among those that are left, from 1. */
  readonly number: string
  /** Lines before the first row. */
  readonly header: number
}

export const staging = 'fstore_spine_staging'

/** Within the one transaction that will read the spine; or by the owner, and nobody sees it before its policy is on it. */
export async function loadStaged(
  { db, tx: own, schemas, tenant }: SpineContext,
  file: string | undefined,
  stage: (tx: Transaction) => Promise<Staged>,
): Promise<SpineTable> {
  const load = async (tx: Transaction, name: string, createSql: typeof createPrivateSpineSql) => {
    const staged = await stage(tx)
    const { columns } = staged
    await tx.script(createSql(columns))
    await fill(tx, { name, isPrivate: tx === own, tenant }, staged, file)
    const measures = await measuresOf(name, (sql) => tx.query(sql))
    if (measures.none !== null) await checkTimestamps(tx, staged, file)
    return measuredSpine({ name, isPrivate: tx === own, tenant, columns }, measures)
  }
  if (own !== undefined) return load(own, privateSpine, createPrivateSpineSql)
  return db.transaction({ role: 'owner', tenant, manyRows: true }, async (tx) => {
    const name = spineName(schemas)
    const spine = await load(tx, name, (columns) => createSpineSql(name, columns))
    await analyzeSpine(tx, name)
    await tx.script(protectSpineSql(name))
    return spine
  })
}

/** The text of a row's timestamp. */
const instant = 'fstore_instant'

/** What PostgreSQL would read as local time, or not at all. It takes the same as `parseInstant`, but for the calendar. */
const zoned = String.raw`^\s*\d{4}-\d\d-\d\d([Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,6}0*)?)?\s?([Zz]|[+-](0\d|1[0-5])(:?[0-5]\d)?))?\s*$`

/**
 * The usual ways to write one. A regular expression takes PostgreSQL as long as all else that it does with a row, so it
 * is kept for the others. What makes no sense in these places fails in the cast, but for the hour 24 and the second 60.
 */
const usual = ['____-__-__ __:__:__+00', '____-__-__T__:__:__Z', '____-__-__T__:__:__.___Z']

const isUsual = `${instant} LIKE ANY (ARRAY[${usual.map(literal).join(', ')}]) AND substr(${instant}, 12, 2) <> '24'
  AND substr(${instant}, 18, 2) <> '60'`

/** No value where it would be read as local time. ISO 8601 allows a comma in a fraction, PostgreSQL does not. */
const instantSql = `CASE WHEN ${isUsual} THEN ${instant}::timestamptz
  WHEN ${instant} ~ ${literal(zoned)} THEN replace(${instant}, ',', '.')::timestamptz END`

/** The staging table with the text of the timestamp as a column, taken out of the row once. */
function withInstant({ text }: Staged): string {
  return `(SELECT *, ${text('event_timestamp')} AS ${instant} FROM ${staging} OFFSET 0) AS ${staging}`
}

async function checkTimestamps(tx: Transaction, staged: Staged, file: string | undefined): Promise<void> {
  const { rows } = await tx.query<{ row: number }>(
    `SELECT ${ordinal} AS row FROM ${withInstant(staged)}
     WHERE (CASE WHEN ${isUsual} THEN true ELSE ${instant} ~ ${literal(zoned)} END) IS NOT TRUE ORDER BY 1 LIMIT 1`,
  )
  const [bad] = rows
  if (bad !== undefined) throw await badTimestamp(tx, staged, bad.row, file)
}

async function badTimestamp(tx: Transaction, staged: Staged, row: number, file: string | undefined) {
  const where = await placeOf(tx, staged, row, file)
  const { rows } = await tx.query<{ text: string | null }>(
    `SELECT ${staged.text('event_timestamp')} AS text FROM ${staging} WHERE ${ordinal} = ${row}`,
  )
  const text = rows[0]?.text ?? null
  if (text === null)
    return new FstoreError('SPINE_INVALID', `Row ${row} of the spine has no event_timestamp.`, { where })
  try {
    parseInstant(text)
  } catch (error) {
    const { message, fix } = error as FstoreError
    return new FstoreError('TIMESTAMP_INVALID', `Row ${row} of the spine: ${message}`, { where, fix })
  }
  return undefined
}

async function fill(
  tx: Transaction,
  { name, isPrivate, tenant }: Pick<SpineTable, 'name' | 'isPrivate' | 'tenant'>,
  staged: Staged,
  file: string | undefined,
): Promise<void> {
  const values = staged.columns.map((column) => (column.name === 'event_timestamp' ? instantSql : staged.value(column)))
  const list = [staged.number, ...(isPrivate ? [] : [literal(tenant)]), ...values]
  const rows = withInstant(staged)
  const filled = await attempt(tx, () => tx.query(`INSERT INTO ${name} SELECT ${list.join(', ')} FROM ${rows}`))
  if ('value' in filled) return
  await checkTimestamps(tx, staged, file)
  const row = await firstBadRow(tx, rows, values)
  const where = await placeOf(tx, staged, row, file)
  throw (await badTimestamp(tx, staged, row, file)) ?? valueError(`Row ${row}`, filled.error, where)
}

/** Where in the file a row begins; quoted cells before it may hold line breaks. */
async function placeOf(tx: Transaction, { header }: Staged, row: number, file: string | undefined) {
  if (file === undefined) return undefined
  const { rows } = await tx.query<{ breaks: number }>(
    `SELECT coalesce(sum(length(s::text) - length(replace(s::text, E'\\n', ''))), 0)::int AS breaks
     FROM ${staging} AS s WHERE ${ordinal} < ${row}`,
  )
  return { file, line: header + row + (rows[0]?.breaks ?? 0) }
}

function valueError(what: string, { message, detail }: DatabaseError, where: Place | undefined): FstoreError {
  return new FstoreError('SPINE_INVALID', `${what} of the spine cannot be read: ${message}.`, {
    where,
    why: detail,
    fix: 'Keys must be of the type that their entity declares.',
  })
}

/** The SQL that reads a text as a value of a column. */
export function valueSql(text: string, type: string): string {
  return type === 'text' ? text : `${text}::${type}`
}

/** Brings a text into the staging table. */
export async function copyText(
  tx: Transaction,
  sql: string,
  names: readonly string[],
  { content, file }: TextSpine,
): Promise<void> {
  try {
    await tx.copyFrom(sql, content)
  } catch (error) {
    if (!isDataError(error)) throw error
    const line = Number(/, line (\d+)/.exec(error.detail ?? '')?.[1] ?? 0)
    const message = error.message.replace(/"c(\d+)"/, (_, i) => `"${names[i]}"`)
    throw new FstoreError('SPINE_INVALID', `Line ${line} of the spine cannot be read: ${message}.`, {
      ...(file !== undefined && { where: { file, line } }),
      fix: 'Every row needs as many cells as the header has, in UTF-8; cells with commas or quotes stand in quotes.',
    })
  }
}
