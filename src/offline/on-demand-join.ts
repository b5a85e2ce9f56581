/**
 * On-demand features of the rows of a spine, as a table like that of any other pick: SQL is run beside each row as of
 * its instant, and functions row by row, the same that are run when features are served.
 */
import type { FeatureSpec } from '../config/project.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { encode } from '../db/types.js'
import { featureOf } from '../registry/catalog.js'
import { jsonArraySql, unpack, valueSql } from '../registry/value.js'
import { sqlType } from '../transform/rules.js'
import { Statement } from '../transform/statement.js'
import { readRequest, runComputation, type Values } from './computation.js'
import {
  addComputed,
  asked,
  askedKey,
  computedColumn,
  keySql,
  type OnDemandSelect,
  onDemandError,
  twice,
} from './on-demand-sql.js'
import {
  type JoinedPick,
  joinColumn,
  joinedFeatures,
  joinTable,
  type OnDemandJoin,
  type PointInTimeJoin,
} from './point-in-time.js'
import type { Exact } from './pushed-value.js'
import { ordinal, spineRows } from './spine-table.js'

type ByFunction = Extract<OnDemandJoin, { readonly computation: unknown }>

/** Rows that are in memory at a time. */
const batch = 2_000

/** @throws FstoreError COMPUTE_FAILED, REQUEST_INVALID, SQL_FAILED, TRANSFORM_DUPLICATE; what `whileWorking` throws */
export async function joinOnDemand(
  tx: Transaction,
  join: PointInTimeJoin,
  options: { readonly index: number; readonly from: number; readonly to: number; readonly whileWorking: () => void },
): Promise<void> {
  const pick = join.picks[options.index] as JoinedPick
  const columns = joinedFeatures(pick).map((name, i) => `${joinColumn(i)} ${sqlType(featureOf(pick.version, name))}`)
  const table = joinTable(options.index)
  await tx.script(`CREATE TEMP TABLE ${table.slice('pg_temp.'.length)} (${ordinal} bigint NOT NULL, ${columns.join(', ')},
    fstore_fate "char" DEFAULT 'm', fstore_hidden boolean DEFAULT false, fstore_lag interval) ON COMMIT DROP`)
  const { onDemand } = pick
  if (onDemand === undefined) return
  if ('select' in onDemand) await joinSelect(tx, join, pick, onDemand, options)
  else await joinFunction(tx, join, pick, onDemand, options)
}

interface Place {
  readonly index: number
  readonly from: number
  readonly to: number
  readonly whileWorking: () => void
}

async function joinSelect(
  tx: Transaction,
  { spine, knownAt }: PointInTimeJoin,
  pick: JoinedPick,
  { select, catalog }: Extract<OnDemandJoin, { readonly select: unknown }>,
  { index, from, to }: Place,
): Promise<void> {
  const { keys } = pick.version
  const own = keys.map((key, k) => keySql(`s.${identifier(pick.on[key.name] as string)}`, key.type, askedKey(k)))
  const computed = joinedFeatures(pick).map((name) => computedColumn(pick.version.positions.get(name) as number))
  const names = joinedFeatures(pick).map((_, i) => joinColumn(i))
  const statement = new Statement().add(`INSERT INTO ${joinTable(index)} (${[ordinal, ...names].join(', ')})
    SELECT ${[`${asked}.${ordinal}`, ...computed.map((name) => `r.${name}`)].join(', ')}
    FROM (SELECT s.${ordinal}, ${own.join(', ')}, s.event_timestamp AS at
      FROM ${spineRows(spine, from, to, Object.values(pick.on))} AS s) AS ${asked} LEFT JOIN LATERAL `)
  addComputed(statement, select, { tenant: spine.tenant, catalog, knownAt }).add(' AS r ON true')
  // The author's SQL may only read; a temporary table may be written to all the same.
  await tx.script('SAVEPOINT fstore_on_demand; SET LOCAL transaction_read_only = on')
  const { count } = await tx
    .query(statement.text, statement.parameters)
    .catch((error: unknown) => Promise.reject(onDemandError(error, statement, select)))
  await tx.script('RELEASE SAVEPOINT fstore_on_demand')
  if (count > to - from + 1) throw await duplicate(tx, pick, select, index)
}

async function duplicate(tx: Transaction, pick: JoinedPick, { group }: OnDemandSelect, index: number) {
  const { rows } = await tx.query<{ row: number }>(
    `SELECT min(${ordinal}) AS row FROM (SELECT ${ordinal} FROM ${joinTable(index)} GROUP BY 1 HAVING count(*) > 1) AS t`,
  )
  return twice(group, `the ${group.entity.name} of row ${rows[0]?.row} of the spine (${pick.alias})`)
}

/** Read by a cursor and written by COPY, some rows at a time: memory stays flat, whatever their number. */
async function joinFunction(tx: Transaction, join: PointInTimeJoin, pick: JoinedPick, by: ByFunction, place: Place) {
  const { index, whileWorking } = place
  const names = joinedFeatures(pick)
  const order = names.map((name) => by.computation.group.features.findIndex((feature) => feature.name === name))
  const copy = `COPY ${joinTable(index)} (${[ordinal, ...names.map((_, i) => joinColumn(i))].join(', ')})
    FROM STDIN WITH (FORMAT csv)`
  const run = rowComputation(join, pick, by)
  const cursor = `fstore_inputs_${index}`
  await tx.script(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${inputsSql(join, pick, by, place)}`)
  for (;;) {
    const { rows } = await tx.query<{ packed: string }>(`FETCH ${batch} FROM ${cursor}`)
    if (rows.length === 0) break
    const lines = rows.map(({ packed }) => {
      const row = JSON.parse(packed) as readonly unknown[]
      const exact = run(row)
      return [String(row[0]), ...order.map((i) => cell(exact[i] ?? null))].join(',')
    })
    await tx.copyFrom(copy, bytesOf(lines))
    whileWorking()
    if (rows.length < batch) break
  }
  await tx.script(`CLOSE ${cursor}`)
}

async function* bytesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${lines.join('\n')}\n`)
}

function cell(exact: Exact): string {
  const text = encode(exact)
  return text === null ? '' : `"${text.replaceAll('"', '""')}"`
}

/** Rows `[ordinal, key…, request data…, input…]`. */
function inputsSql({ picks, spine }: PointInTimeJoin, pick: JoinedPick, by: ByFunction, { from, to }: Place): string {
  const keys = pick.version.keys.map(({ name }) => `s.${identifier(pick.on[name] as string)}::text`)
  const { group } = by.computation
  const request = group.request.map((field) => requestSql(spine.columns, field))
  const inputs = by.inputs.map(({ pick: place, feature }) => {
    const source = picks[place] as JoinedPick
    const column = `j${place}.${joinColumn(joinedFeatures(source).indexOf(feature))}`
    return valueSql(featureOf(source.version, feature), column)
  })
  const joined = [...new Set(by.inputs.map((input) => input.pick))]
  const joins = joined.map((i) => `JOIN ${joinTable(i)} AS j${i} ON j${i}.${ordinal} = s.${ordinal}`)
  return `SELECT ${jsonArraySql([`s.${ordinal}`, ...keys, ...request, ...inputs])}::text AS packed
    FROM ${spineRows(spine, from, to, [])} AS s ${joins.join(' ')} ORDER BY s.${ordinal}`
}

/** As text where JSON would not keep all of it. */
function requestSql(columns: PointInTimeJoin['spine']['columns'], field: FeatureSpec): string {
  const column = `s.${identifier(field.name)}`
  const isList = field.dataType === 'array' || field.dataType === 'embedding'
  const { type } = columns.find(({ name }) => name === field.name) ?? {}
  if (type === 'jsonb') return isList ? column : `${column} #>> '{}'`
  return field.as === 'bigint' ? `${column}::text` : column
}

/** What the function gives of a row that `inputsSql` yields. */
function rowComputation({ picks }: PointInTimeJoin, pick: JoinedPick, { computation, inputs }: ByFunction) {
  const { group } = computation
  const { keys } = pick.version
  const sources = inputs.map(({ name, pick: place, feature }) => {
    const { version } = picks[place] as JoinedPick
    return { name, feature: featureOf(version, feature) }
  })
  return ([row, ...values]: readonly unknown[]): Exact[] => {
    const where = ` of row ${row} of the spine`
    const first = keys.length + group.request.length
    const said = group.request.map(({ name }, i) => [name, values[keys.length + i]] as const)
    const request: Values = group.request.length === 0 ? {} : readRequest(group, Object.fromEntries(said), where)
    const given = Object.fromEntries(
      sources.map(({ name, feature }, i) => [name, unpack(feature, values[first + i])] as const),
    )
    const key = () => `${keys.map(({ name }, k) => `${name}=${values[k]}`).join(' ')} (row ${row} of the spine)`
    return runComputation(computation, given, request, key)
  }
}

/** Places of the picks in the order to join them in: functions after what they are computed of. */
export function joinOrder(picks: readonly JoinedPick[]): number[] {
  const depth = ({ onDemand }: JoinedPick) => (onDemand === undefined || 'select' in onDemand ? 0 : onDemand.depth)
  return [...picks.keys()].toSorted((a, b) => depth(picks[a] as JoinedPick) - depth(picks[b] as JoinedPick))
}

/** Request data that the picks are computed with, with the group that needs it. */
export function requestColumns(picks: readonly JoinedPick[]): Map<string, string> {
  const groups = picks.flatMap(({ onDemand }) =>
    onDemand !== undefined && 'computation' in onDemand ? [onDemand.computation.group] : [],
  )
  return new Map(groups.flatMap((group) => group.request.map(({ name }) => [name, group.name] as const)))
}
