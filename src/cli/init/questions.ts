/** What init asks a person: each question has a flag that answers it, and an answer that Enter gives. */
import { confirm, isCancel, multiselect, select, text } from '@clack/prompts'
import { nameProblem } from '../../config/parse/names.js'
import { FstoreError } from '../../errors.js'
import { count, visible } from '../format.js'
import type { TemplateName } from '../template.js'
import { groupText } from './group-text.js'
import {
  eligibleTables,
  findTable,
  isNumber,
  keyCandidates,
  keyType,
  propose,
  tenantCandidate,
  timeCandidates,
  valueCandidates,
} from './proposal.js'
import type { SourceColumn, SourceTable } from './source-table.js'

/** What is decided, by flags and then by answers. */
export interface Answers {
  readonly template?: TemplateName | undefined
  readonly from?: string | undefined
  readonly entity?: string | undefined
  readonly key?: readonly string[] | undefined
  readonly time?: string | undefined
  readonly tenantColumn?: string | false | undefined
  readonly values?: readonly string[] | false | undefined
  readonly start?: string | undefined
  readonly grant?: boolean | undefined
  readonly scripts?: boolean | undefined
  readonly load?: boolean | undefined
}

interface Asked {
  readonly given: Answers
  /** Tables of the database, where one can be reached. */
  readonly tables: readonly SourceTable[]
  /** Where it is. */
  readonly place?: string | undefined
  readonly hasPackage: boolean
}

/** On stderr: stdout is for the result. */
const streams = { input: process.stdin, output: process.stderr }

/** @throws FstoreError INTERRUPTED when it is broken off */
export async function ask({ given, tables, place, hasPackage }: Asked): Promise<Answers> {
  const eligible = eligibleTables(tables)
  const kind = given.from !== undefined ? 'own' : (given.template ?? (await askKind(eligible, place)))
  const answers = kind === 'own' ? await askOwn(given, eligible, tables) : { ...given, template: kind }
  const load = kind === 'own' || place === undefined ? given.load : (given.load ?? (await askLoad(place)))
  const scripts = hasPackage ? (given.scripts ?? (await askScripts())) : given.scripts
  return { ...answers, ...(load !== undefined && { load }), ...(scripts !== undefined && { scripts }) }
}

async function askKind(eligible: readonly SourceTable[], place: string | undefined): Promise<TemplateName | 'own'> {
  const own = {
    value: 'own' as const,
    label: 'A table of yours',
    hint: `${count(eligible.length, 'table')} of ${place}`,
  }
  return answer(
    await select<TemplateName | 'own'>({
      ...streams,
      message: 'What are the first features of?',
      options: [
        ...(eligible.length > 0 ? [own] : []),
        { value: 'minimal', label: 'Example: minimal', hint: 'one group over a small table' },
        { value: 'flights', label: 'Example: flights', hint: 'real US flights, a service and a training set' },
        { value: 'conversations', label: 'Example: conversations', hint: 'tenants, events, on-demand features' },
      ],
    }),
  )
}

async function askOwn(
  given: Answers,
  eligible: readonly SourceTable[],
  tables: readonly SourceTable[],
): Promise<Answers> {
  const from = given.from ?? (await askTable(eligible))
  const table = findTable(tables, from)
  const tenantColumn = given.tenantColumn ?? (await askTenant(table, given))
  const key = given.key ?? [await askColumn('Whose features are they?', keysOf(table, tenantColumn), 'key')]
  const time = given.time ?? (await askColumn('When was a row known?', timeCandidates(table), 'time'))
  const proposal = propose(table, { key, time, tenantColumn })
  const entity = given.entity ?? (await askEntity(groupText(proposal).entity))
  const values = given.values ?? (await askValues(table, [...proposal.key, proposal.time]))
  const grant = given.grant ?? (table.grants.length > 0 ? await askGrant(table) : undefined)
  return { ...given, from, entity, key, time, tenantColumn, values, grant }
}

function keysOf(table: SourceTable, tenant: string | false | undefined): SourceColumn[] {
  return keyCandidates(table).filter(({ name }) => name !== tenant)
}

async function askTable(eligible: readonly SourceTable[]): Promise<string> {
  return answer(
    await select({
      ...streams,
      message: 'Which table?',
      maxItems: 10,
      options: eligible.map((table) => ({
        value: `${table.schema}.${table.name}`,
        label: visible(table.sql),
        hint: hintOf(table),
      })),
    }),
  )
}

function hintOf({ rows, columns }: SourceTable): string {
  const names = columns.slice(0, 6).map(({ name }) => visible(name))
  const estimate = rows === undefined ? '' : `about ${count(Math.round(rows), 'row')}: `
  return `${estimate}${names.join(', ')}${columns.length > 6 ? ', …' : ''}`
}

async function askColumn(message: string, columns: readonly SourceColumn[], what: string): Promise<string> {
  if (columns.length === 0)
    throw new FstoreError('USAGE', `The table has no column that could be the ${what}.`, {
      fix: 'Choose another table.',
    })
  return answer(
    await select({
      ...streams,
      message,
      maxItems: 10,
      options: columns.map((column) => ({ value: column.name, label: visible(column.name), hint: columnHint(column) })),
    }),
  )
}

function columnHint({ type, references, notNull, indexed }: SourceColumn): string {
  const facts = [references === null ? '' : `of ${visible(references)}`, notNull ? '' : 'may be null']
  return [type, ...facts, indexed ? 'indexed' : ''].filter(Boolean).join(', ')
}

async function askTenant(table: SourceTable, { key }: Answers): Promise<string | false> {
  const column = tenantCandidate(table)
  if (column === undefined || key?.includes(column.name)) return false
  const message = `Keep tenants apart by ${visible(column.name)}? (WHERE ${visible(column.sql)} = :tenant_id)`
  return answer(await confirm({ ...streams, message })) ? column.name : false
}

async function askEntity(initialValue: string): Promise<string> {
  const validate = (name: string | undefined) => nameProblem(name, 'entity')?.message
  return answer(await text({ ...streams, message: 'What is the entity called?', initialValue, validate }))
}

async function askValues(table: SourceTable, used: readonly SourceColumn[]): Promise<readonly string[]> {
  const fitting = table.columns.filter(
    (column) => !used.includes(column) && (isNumber(column) || column.base === 'bool' || keyType(column) !== undefined),
  )
  if (fitting.length === 0) return []
  const message = 'Sums, averages and newest values of which columns?'
  return answer(
    await multiselect({
      ...streams,
      message,
      required: false,
      maxItems: 10,
      initialValues: valueCandidates(table, used).map(({ name }) => name),
      options: fitting.map((column) => ({ value: column.name, label: visible(column.name), hint: columnHint(column) })),
    }),
  )
}

async function askGrant({ grants }: SourceTable): Promise<boolean> {
  const message = `May fstore read it? This makes its schemas and its role, and runs ${visible(grants.join(' '))}`
  return answer(await confirm({ ...streams, message }))
}

async function askLoad(place: string): Promise<boolean> {
  const message = `Create the example's tables in ${place}, and load its data?`
  return answer(await confirm({ ...streams, message, initialValue: false }))
}

async function askScripts(): Promise<boolean> {
  const message = 'Add fstore:validate, fstore:test and fstore:build to package.json?'
  return answer(await confirm({ ...streams, message, initialValue: false }))
}

function answer<T>(given: T): Exclude<T, symbol> {
  if (!isCancel(given)) return given as Exclude<T, symbol>
  throw new FstoreError('INTERRUPTED', 'init was broken off.', { why: 'Nothing was written.' })
}
