/** A point-in-time export: a spine in, its rows with their features out, in the spine's order. */
import type { Session, Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { tableName } from '../offline/feature-table.js'
import { joinOnDemand, joinOrder, requestColumns } from '../offline/on-demand-join.js'
import {
  countMatches,
  type JoinedPick,
  joinColumn,
  joinPick,
  joinTable,
  type MatchCounts,
  type PointInTimeJoin,
  spineCarrier,
} from '../offline/point-in-time.js'
import { analyzeSpine, dropSpine, ordinal, type SpineColumn, type SpineTable } from '../offline/spine-table.js'
import { featureOf } from '../registry/catalog.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { lockRoom } from './lock-room.js'
import { type Part, type PartWork, runParts, runWhole, split } from './parts.js'
import { openPrinter, print } from './print.js'
import type { Format, Sink } from './printer.js'
import { joinKeys, type PreparedSpine, type SpineContext, type SpineObject, type SpineSource } from './spine.js'
import { awaitReader } from './spine-bytes.js'
import { loadCsv } from './spine-csv.js'
import { readHead } from './spine-head.js'
import { loadJsonl } from './spine-jsonl.js'
import { prepareSql } from './spine-sql.js'
import type { TextSpine } from './spine-staging.js'

export interface ExportRequest extends Omit<SpineContext, 'keys' | 'request'> {
  readonly source: SpineSource
  readonly picks: readonly JoinedPick[]
  readonly knownAt: boolean
  /** Makes another spine of the one loaded, such as a sample of it; the one loaded is then dropped. */
  readonly refine?: ((spine: SpineTable) => Promise<SpineTable>) | undefined
  /** Changes the columns of the output once the rows are joined; with it, one connection sees all rows. */
  readonly shape?: ((joined: Joined) => Promise<OutputColumn[]>) | undefined
  /** `feature`, or `alias__feature`, or `alias.feature`. */
  readonly names: 'short' | 'full' | 'dotted'
  readonly format: Format
  /** So many rows of the spine are worth a connection of their own; 50,000 when absent. */
  readonly rowsPerConnection?: number | undefined
  /** Once it is aborted, the export ends at the next group or piece of output, and cleans up behind itself. */
  readonly signal?: AbortSignal | undefined
  readonly tell?: ((event: ExportEvent) => void) | undefined
}

/** How far an export is. */
export type ExportEvent =
  | { readonly type: 'loading' }
  /** It is loaded; groups are joined to it by these names. */
  | { readonly type: 'spine'; readonly rows: number; readonly aliases: readonly string[] }
  | { readonly type: 'joining'; readonly alias: string }
  /** So many rows of the spine have it. */
  | { readonly type: 'joined'; readonly alias: string; readonly done: number }
  /** So far. */
  | { readonly type: 'written'; readonly bytes: number }

/** What an export has written, and by group how its rows fared. */
export interface ExportReport {
  readonly rows: number
  /** Columns of the output, in order: the spine's, then the features'. */
  readonly columns: readonly string[]
  readonly groups: readonly (MatchCounts & {
    readonly group: string
    readonly alias: string
    readonly version: number
  })[]
  /** Connections used. */
  readonly connections: number
}

/**
 * @param sink is handed the bytes of the output, and awaited
 * @throws FstoreError SPINE_INVALID, TIMESTAMP_INVALID, NAME_COLLISION, SQL_FAILED; what `sink` throws
 */
export async function exportPointInTime(request: ExportRequest, sink: Sink): Promise<ExportReport> {
  request.tell?.({ type: 'loading' })
  const prepared = await prepareSpine(contextOf(request), request.source)
  return (await exportAlone(request, prepared, sink)) ?? (await exportShared(request, prepared, sink))
}

/** In one transaction, from the spine to the last row; undefined where several connections are worth their while. */
async function exportAlone(request: ExportRequest, prepared: PreparedSpine, sink: Sink) {
  const { db, tenant, refine, rowsPerConnection } = request
  const isSmall = (rows: number) => Number.isFinite(rows) && split(rows, db.connections, rowsPerConnection).length === 1
  if (refine !== undefined || !isSmall(prepared.rows)) return undefined
  const session: Session = { role: 'app', tenant, isolation: 'repeatable read', manyRows: true }
  return db.transaction(session, async (tx) => {
    const spine = await prepared.load(tx)
    if (!isSmall(spine.rows)) return undefined
    await analyzeFor(request, tx, spine)
    return printSpine(request, spine, sink, tx)
  })
}

/**
 * A lookup in one history needs no statistics. A join of several must not be taken to multiply rows, and SQL that an
 * author wrote may go by any column.
 */
async function analyzeFor({ picks }: ExportRequest, tx: Transaction, { name }: SpineTable): Promise<void> {
  if (picks.some(({ onDemand }) => onDemand !== undefined)) await analyzeSpine(tx, name)
  else if (picks.length > 1) await analyzeSpine(tx, `${name} (${ordinal})`)
}

async function exportShared(request: ExportRequest, prepared: PreparedSpine, sink: Sink): Promise<ExportReport> {
  const loaded = await prepared.load()
  const spine = (await refined(request, loaded)) ?? loaded
  try {
    return await printSpine(request, spine, sink)
  } finally {
    await dropSpine(request.db, spine.name)
  }
}

/** @param own the transaction that the spine is private to */
async function printSpine(
  request: ExportRequest,
  spine: SpineTable,
  sink: Sink,
  own?: Transaction,
): Promise<ExportReport> {
  const { db, schemas, tenant, picks, knownAt, tell = () => {} } = request
  tell({ type: 'spine', rows: spine.rows, aliases: picks.map(({ alias }) => alias) })
  const output = outputOf(request, spine)
  const join: PointInTimeJoin = { schemas, spine, picks, knownAt }
  let bytes = 0
  const printer = await openPrinter(request.format, async (chunk) => {
    stopWhenAborted(request)
    await sink(chunk)
    bytes += chunk.length
    tell({ type: 'written', bytes })
  })
  const joined = joinedRows(request)
  let columns = output
  const ask = (sql: string, values: readonly unknown[]) =>
    own?.query(sql, values) ?? db.query({ role: 'app' }, sql, values)
  const room = await lockRoom(db.kind, ask, historiesOf(request))
  const work: PartWork<MatchCounts[]> = {
    async join(tx, part) {
      await room.enter(tx, () => stopWhenAborted(request))
      const matches = await joinAll({ tx, join, part, request, joined })
      columns = (await request.shape?.({ tx, spine, columns, from: fromJoined(request, spine) })) ?? columns
      return matches
    },
    read: (tx, part, turn) => {
      const names = columns.map(({ name }) => name)
      return print(printer, tx, { select: outputSelect(request, spine, columns, part), names, turn })
    },
  }
  const isWhole = request.shape !== undefined || room.isTight
  const rowsPerConnection = isWhole ? Number.POSITIVE_INFINITY : request.rowsPerConnection
  const session: Session = { role: 'app', tenant, manyRows: true }
  const counts =
    own === undefined
      ? await runParts({ db, session, rows: spine.rows, rowsPerConnection, ...work })
      : [await runWhole(own, spine.rows, work)]
  await printer.end()
  const groups = picks.map(({ alias, version }, i) => ({
    alias,
    group: version.group,
    version: version.version,
    ...sum(counts.map((part) => part[i] as MatchCounts)),
  }))
  return { rows: spine.rows, columns: columns.map(({ name }) => name), groups, connections: counts.length }
}

function historiesOf({ schemas, picks }: ExportRequest): string[] {
  const kept = picks.filter(({ onDemand }) => onDemand === undefined)
  return kept.map(({ version }) => identifier(schemas.offline, tableName(version.group, version.fingerprint)))
}

function contextOf(request: Omit<ExportRequest, 'names' | 'format'>): SpineContext {
  return { ...request, keys: joinKeys(request.picks), request: requestColumns(request.picks) }
}

/** Loads the spine of a request for several connections to read. */
export async function loadSpine(request: Omit<ExportRequest, 'names' | 'format'>): Promise<SpineTable> {
  const prepared = await prepareSpine(contextOf(request), request.source)
  return prepared.load()
}

async function prepareSpine(context: SpineContext, source: SpineSource): Promise<PreparedSpine> {
  awaitReader(source)
  if ('sql' in source) return prepareSql(context, source.sql, source.file)
  if ('csv' in source) return prepareText(source.csv, source.file, (tx, text) => loadCsv({ ...context, tx }, text))
  const [content, file] = 'jsonl' in source ? [source.jsonl, source.file] : [linesOf(source.rows), undefined]
  return prepareText(content, file, (tx, text) => loadJsonl({ ...context, tx }, text))
}

async function prepareText(
  content: AsyncIterable<Uint8Array>,
  file: string | undefined,
  load: (tx: Transaction | undefined, text: TextSpine) => Promise<SpineTable>,
): Promise<PreparedSpine> {
  const head = await readHead(content)
  return { rows: head.rows, load: (tx) => load(tx, { content: head.content, file }) }
}

async function* linesOf(rows: Iterable<SpineObject> | AsyncIterable<SpineObject>): AsyncGenerator<Buffer> {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  for await (const row of rows) yield Buffer.from(`${JSON.stringify(row, plain)}\n`)
}

function stopWhenAborted({ signal }: Pick<ExportRequest, 'signal'>): void {
  if (signal?.aborted)
    throw new FstoreError('INTERRUPTED', 'The export was stopped, and nothing of it is left.', {
      fix: 'Run it again; it starts from the beginning.',
    })
}

/** The rows of a group's join over all parts. */
function joinedRows({ tell }: ExportRequest): (alias: string, rows: number) => void {
  const done = new Map<string, number>()
  return (alias, rows) => {
    done.set(alias, (done.get(alias) ?? 0) + rows)
    tell?.({ type: 'joined', alias, done: done.get(alias) ?? 0 })
  }
}

interface Joining {
  readonly tx: Transaction
  readonly join: PointInTimeJoin
  readonly part: Part
  readonly request: ExportRequest
  readonly joined: ReturnType<typeof joinedRows>
}

async function joinAll({ tx, join, part: { from, to }, request, joined }: Joining): Promise<MatchCounts[]> {
  const counts: MatchCounts[] = []
  const whileWorking = () => stopWhenAborted(request)
  for (const index of joinOrder(join.picks)) {
    whileWorking()
    const { alias, onDemand } = join.picks[index] as JoinedPick
    request.tell?.({ type: 'joining', alias })
    if (onDemand === undefined) await joinPick(tx, join, index, from, to)
    else await joinOnDemand(tx, join, { index, from, to, whileWorking })
    counts[index] = await countMatches(tx, index)
    joined(alias, to - from + 1)
  }
  return counts
}

function sum(parts: readonly MatchCounts[]): MatchCounts {
  const total = (key: 'matched' | 'tooOld' | 'noHistory' | 'hidden') => parts.reduce((sum, part) => sum + part[key], 0)
  const lags = parts.flatMap(({ nearest }) => (nearest === null ? [] : [nearest]))
  return {
    matched: total('matched'),
    tooOld: total('tooOld'),
    noHistory: total('noHistory'),
    hidden: total('hidden'),
    nearest: lags.length === 0 ? null : Math.min(...lags),
  }
}

export interface OutputColumn {
  readonly name: string
  /** Of the joined rows: `s` is the spine and what was joined with it, `j0`, `j1`, … the picks. */
  readonly sql: string
  /** Absent for a column of the spine. */
  readonly feature?: FeatureSnapshot
}

/** The rows of a spine with their features, before they are printed. */
export interface Joined {
  readonly tx: Transaction
  readonly spine: SpineTable
  readonly columns: readonly OutputColumn[]
  /** What follows FROM. */
  readonly from: string
}

async function refined({ refine, db }: ExportRequest, loaded: SpineTable): Promise<SpineTable | undefined> {
  if (refine === undefined) return undefined
  try {
    return await refine(loaded)
  } finally {
    await dropSpine(db, loaded.name)
  }
}

function outputOf(request: ExportRequest, spine: SpineTable): OutputColumn[] {
  const { picks, names, format } = request
  const carrier = spineCarrier({ picks, spine })
  const columns = [
    ...spine.columns.map((column) => ({ name: column.name, sql: spineSql(column, request) })),
    ...picks.flatMap(({ alias, features, version }, i) =>
      features.map((feature, f) => ({
        name: names === 'short' ? feature : `${alias}${names === 'full' ? '__' : '.'}${feature}`,
        sql: outputSql(`${i === carrier ? 's' : `j${i}`}.${joinColumn(f)}`, featureOf(version, feature), format),
        feature: featureOf(version, feature),
      })),
    ),
  ]
  const twice = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i)
  if (twice === undefined) return columns
  throw new FstoreError('NAME_COLLISION', `Two columns of the output would be called "${twice.name}".`, {
    fix: names === 'short' ? 'Ask for full names (--full-names): group__feature.' : 'Rename the column of the spine.',
  })
}

/** Keys that leave as rows are read again as integers of any size. */
function spineSql({ name, type }: SpineColumn, { format, names, picks }: ExportRequest): string {
  const column = `s.${identifier(name)}`
  if (type === 'jsonb' && format !== 'jsonl') return `${column} #>> '{}'`
  return names === 'dotted' && joinKeys(picks).get(name) === 'int64' ? `${column}::text` : column
}

/** JSON readers hold integers to 2^53 only; vectors are lists of numbers. */
function outputSql(column: string, feature: FeatureSnapshot, format: Format): string {
  if (feature.dataType === 'embedding') return `${column}::real[]`
  return feature.as === 'bigint' && format === 'jsonl' ? `${column}::text` : column
}

function outputSelect(request: ExportRequest, spine: SpineTable, output: readonly OutputColumn[], part: Part): string {
  const columns = output.map(({ name, sql }) => `${sql} AS ${identifier(name)}`).join(', ')
  const isWhole = spine.isPrivate || spineCarrier({ picks: request.picks, spine }) !== undefined
  const within = isWhole ? '' : ` WHERE s.${ordinal} BETWEEN ${part.from} AND ${part.to}`
  return `SELECT ${columns} FROM ${fromJoined(request, spine)}${within} ORDER BY s.${ordinal}`
}

function fromJoined(request: ExportRequest, spine: SpineTable): string {
  const { picks } = request
  const carrier = spineCarrier({ picks, spine })
  // What others are computed of is not printed.
  const printed = [...picks.keys()].filter((i) => i !== carrier && (picks[i] as JoinedPick).features.length > 0)
  const joins = printed.map((i) => ` JOIN ${joinTable(i)} AS j${i} ON j${i}.${ordinal} = s.${ordinal}`)
  return `${carrier === undefined ? spine.name : joinTable(carrier)} AS s${joins.join('')}`
}
