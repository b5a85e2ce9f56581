/** What to make features of in a table: whose they are, when a row was known, and which columns say something. */
import { didYouMean } from '../../config/did-you-mean.js'
import type { KeyType } from '../../config/project.js'
import { FstoreError } from '../../errors.js'
import type { SourceColumn, SourceTable } from './source-table.js'

/** What a person has chosen; the rest is proposed. */
export interface Choices {
  /** Names of columns. */
  readonly key?: readonly string[] | undefined
  readonly time?: string | undefined
  /** False: the table is one tenant's. */
  readonly tenantColumn?: string | false | undefined
  /** False: none. */
  readonly values?: readonly string[] | false | undefined
}

export interface Proposal {
  readonly table: SourceTable
  readonly key: readonly SourceColumn[]
  readonly time: SourceColumn
  readonly tenant?: SourceColumn
  readonly values: readonly SourceColumn[]
}

const keyTypes: Readonly<Record<string, KeyType>> = {
  ...{ int2: 'int64', int4: 'int64', int8: 'int64', uuid: 'uuid' },
  ...{ text: 'string', varchar: 'string', bpchar: 'string', citext: 'string' },
}

/** The type of a key that the column could be; undefined where it could be none. */
export function keyType({ base, isEnum }: SourceColumn): KeyType | undefined {
  return isEnum ? 'string' : Object.hasOwn(keyTypes, base) ? keyTypes[base] : undefined
}

export function isNumber({ base }: SourceColumn): boolean {
  return ['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'].includes(base)
}

/** Columns that could be the entity's key, the likeliest first. */
export function keyCandidates({ columns }: SourceTable): SourceColumn[] {
  return ranked(columns, keyScore)
}

/** Below 3 it could be one, and likely is none. */
function keyScore(column: SourceColumn): number {
  const { name, references, unique } = column
  if (keyType(column) === undefined) return 0
  if (isTenant(column)) return 3
  const isPerson = /user|customer|account|member|client|person|visitor|contact|patient|player/i.test(name)
  if (references !== null) return isPerson ? 120 : 100
  if (isReference(name)) return isPerson ? 80 : 60
  if (isPerson && !isNumber(column) && !isSecret(name)) return 50
  if (unique && /^(id|uuid|uid)$/i.test(name)) return 10
  return few(column) && !isNumber(column) ? 5 : 1
}

function isReference(name: string): boolean {
  return /(_|[a-z](?=[A-Z]))(id|uuid|uid|key)$/i.test(name)
}

/** Columns that could say when a row was known, the likeliest first. */
export function timeCandidates({ columns }: SourceTable): SourceColumn[] {
  const types: Record<string, number> = { timestamptz: 60, timestamp: 50, date: 30 }
  return ranked(columns, ({ name, base, notNull, indexed }) => {
    const sure = (types[base] ?? 0) + (notNull ? 12 : 0) + (indexed ? 8 : 0)
    if (!(base in types)) return 0
    if (changesLater(name)) return sure - 29
    return sure + (/creat|occur|happen|insert|event|placed|receiv|sent|record/i.test(name) ? 10 : 0)
  })
}

/** Names of instants that are set, or set anew, after the row was written. */
export function changesLater(name: string): boolean {
  return /updat|modif|delet|expir|cancel|end|due|until|last|birth|clos|scheduled/i.test(name)
}

/** The column that tells tenants apart; where it is all that a table has, it is whom the table describes. */
export function tenantCandidate(table: SourceTable): SourceColumn | undefined {
  const [best] = keyCandidates(table)
  return table.columns.find((column) => isTenant(column) && keyType(column) !== undefined && column !== best)
}

function isTenant({ name }: SourceColumn): boolean {
  return /^(tenant|org|organi[sz]ation|workspace|company)(_?id|_?uuid)?$/i.test(name)
}

/** Tables that features could be made of, those first that look like events of somebody. */
export function eligibleTables(tables: readonly SourceTable[]): SourceTable[] {
  const best = (table: SourceTable) => Math.max(0, ...table.columns.map(keyScore))
  const score = (table: SourceTable) => best(table) / 20 + Math.log10(Math.max(table.rows ?? 1, 1))
  return tables
    .filter((table) => timeCandidates(table).length > 0 && best(table) >= 3)
    .sort((a, b) => score(b) - score(a))
}

/** Columns worth a feature: numbers, and what takes few values. Never what could be a secret. */
export function valueCandidates(table: SourceTable, used: readonly SourceColumn[]): SourceColumn[] {
  const free = table.columns.filter((column) => !used.includes(column) && !column.unique && column.references === null)
  const telling = free.filter(({ name }) => !isReference(name) && !isSecret(name))
  const numbers = telling.filter(isNumber).slice(0, 3)
  const others = telling.filter(
    (column) => !isTenant(column) && (column.isEnum || column.base === 'bool' || isWord(column)),
  )
  return [...numbers, ...others.slice(0, 2)]
}

function isSecret(name: string): boolean {
  return /pass|secret|token|hash|salt|email|phone|address|ssn|iban|card/i.test(name)
}

/** Text of which there are few: a status, a country. */
function isWord(column: SourceColumn): boolean {
  return ['text', 'varchar', 'bpchar', 'citext'].includes(column.base) && few(column)
}

function few({ distinct }: SourceColumn): boolean {
  return distinct !== null && distinct > 1 && distinct <= 50
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS */
export function findTable(tables: readonly SourceTable[], name: string): SourceTable {
  const found = tables.filter(({ schema, name: own, sql }) => [own, `${schema}.${own}`, sql].includes(name))
  const [first, second] = found
  if (first !== undefined && (second === undefined || first.schema === 'public')) return first
  if (second !== undefined)
    throw new FstoreError('NAME_AMBIGUOUS', `There are several tables ${name}.`, {
      fix: `Write one of ${found.map(({ schema }) => `${schema}.${name}`).join(', ')}.`,
    })
  const names = tables.map(({ schema, name: own }) => (schema === 'public' ? own : `${schema}.${own}`))
  const listed = names.slice(0, 20).join(', ')
  throw new FstoreError('NAME_UNKNOWN', `The database has no table "${name}" that you may read.`, {
    why: names.length === 0 ? 'It has none at all.' : `It has ${listed}${names.length > 20 ? ', …' : ''}.`,
    fix: didYouMean(name, names) || 'Name one of them with --from, or grant yourself SELECT on it.',
  })
}

/** @throws FstoreError NAME_UNKNOWN, USAGE where the table lacks what a group needs */
export function propose(table: SourceTable, choices: Choices): Proposal {
  const column = (name: string) => findColumn(table, name)
  const given = choices.tenantColumn
  const named = choices.key?.map(column)
  const proposed = tenantCandidate(table)
  const free = proposed !== undefined && !named?.includes(proposed) ? proposed : undefined
  const tenant = given === false ? undefined : given === undefined ? free : column(given)
  const key =
    named ??
    keyCandidates(table)
      .filter((one) => one !== tenant)
      .slice(0, 1)
  const time = choices.time === undefined ? timeCandidates(table)[0] : column(choices.time)
  const untyped = [...key, ...(tenant ? [tenant] : [])].find((one) => keyType(one) === undefined)
  if (key.length === 0) throw lacking(table, 'nothing that could be a key: text, an integer or a uuid')
  if (untyped !== undefined) throw lacking(table, `${untyped.name} as ${untyped.type}, which cannot be a key`)
  if (time === undefined) throw lacking(table, 'no column that says when: timestamptz, timestamp or date')
  if (!['timestamptz', 'timestamp', 'date'].includes(time.base))
    throw lacking(table, `${time.name} as ${time.type}, which is no instant`)
  const used = [...key, time, ...(tenant ? [tenant] : [])]
  const values = choices.values === false ? [] : (choices.values?.map(column) ?? valueCandidates(table, used))
  const unfit = values.find((one) => !isNumber(one) && one.base !== 'bool' && keyType(one) === undefined)
  if (unfit !== undefined) throw lacking(table, `${unfit.name} as ${unfit.type}, of which no feature can be proposed`)
  return { table, key, time, ...(tenant && { tenant }), values }
}

function findColumn({ name: table, columns }: SourceTable, name: string): SourceColumn {
  const names = columns.map((column) => column.name)
  const found = columns.find((column) => column.name === name || column.sql === name)
  if (found !== undefined) return found
  throw new FstoreError('NAME_UNKNOWN', `The table ${table} has no column "${name}".`, {
    fix: didYouMean(name, names) || `Columns: ${names.join(', ')}.`,
  })
}

function lacking({ sql }: SourceTable, what: string): FstoreError {
  return new FstoreError('USAGE', `No group can be proposed over ${sql}: it has ${what}.`, {
    fix: 'Name another table with --from, or other columns with --key, --time and --values; or write the SQL yourself.',
  })
}

function ranked(columns: readonly SourceColumn[], score: (column: SourceColumn) => number): SourceColumn[] {
  const scored = columns.map((column) => ({ column, score: score(column) })).filter((one) => one.score > 0)
  return scored.sort((a, b) => b.score - a.score).map(({ column }) => column)
}
