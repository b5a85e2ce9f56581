/** A point-in-time export: a spine in, its rows with their features out, in the spine's order. */
import { Readable } from 'node:stream'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { tableName } from '../offline/feature-table.js'
import { expectManyRows } from '../offline/many-rows.js'
import { joinOnDemand, joinOrder, requestColumns } from '../offline/on-demand-join.js'
import {
  countMatches,
  type JoinedPick,
  joinColumn,
  joinPick,
  joinTable,
  type MatchCounts,
  type PointInTimeJoin,
} from '../offline/point-in-time.js'
import { dropSpine, ordinal, type SpineColumn, type SpineTable } from '../offline/spine-table.js'
import { featureOf } from '../registry/catalog.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { lockRoom } from './lock-room.js'
import { type Part, runParts } from './parts.js'
import { openPrinter, print } from './print.js'
import type { Format, Sink } from './printer.js'
import { joinKeys, type SpineContext, type SpineObject, type SpineSource } from './spine.js'
import { awaitReader } from './spine-bytes.js'
import { loadCsv } from './spine-csv.js'
import { loadJsonl } from './spine-jsonl.js'
import { loadSql } from './spine-sql.js'

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
  const { db, schemas, tenant, picks, knownAt, tell = () => {} } = request
  tell({ type: 'loading' })
  const loaded = await loadSpine({ ...request, keys: joinKeys(picks), request: requestColumns(picks) }, request.source)
  const spine = (await refined(request, loaded)) ?? loaded
  try {
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
    const room = await lockRoom(db, historiesOf(request))
    const isWhole = request.shape !== undefined || room.isTight
    const counts = await runParts({
      db,
      session: { role: 'app', tenant },
      rows: spine.rows,
      rowsPerConnection: isWhole ? Number.POSITIVE_INFINITY : request.rowsPerConnection,
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
    })
    await printer.end()
    const groups = picks.map(({ alias, version }, i) => ({
      alias,
      group: version.group,
      version: version.version,
      ...sum(counts.map((part) => part[i] as MatchCounts)),
    }))
    return { rows: spine.rows, columns: columns.map(({ name }) => name), groups, connections: counts.length }
  } finally {
    await dropSpine(db, spine.name)
  }
}

function historiesOf({ schemas, picks }: ExportRequest): string[] {
  const kept = picks.filter(({ onDemand }) => onDemand === undefined)
  return kept.map(({ version }) => identifier(schemas.offline, tableName(version.group, version.fingerprint)))
}

export function loadSpine(context: SpineContext, source: SpineSource): Promise<SpineTable> {
  awaitReader(source)
  if ('sql' in source) return loadSql(context, source.sql, source.file)
  if ('csv' in source) return loadCsv(context, { content: source.csv, file: source.file })
  if ('jsonl' in source) return loadJsonl(context, { content: source.jsonl, file: source.file })
  return loadJsonl(context, { content: Readable.from(linesOf(source.rows)), file: undefined })
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
  await expectManyRows(tx)
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
  /** Of the joined rows: `s` is the spine, `j0`, `j1`, … the picks. */
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
  const columns = [
    ...spine.columns.map((column) => ({ name: column.name, sql: spineSql(column, request) })),
    ...picks.flatMap(({ alias, features, version }, i) =>
      features.map((feature, f) => ({
        name: names === 'short' ? feature : `${alias}${names === 'full' ? '__' : '.'}${feature}`,
        sql: outputSql(`j${i}.${joinColumn(f)}`, featureOf(version, feature), format),
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
  return `SELECT ${columns} FROM ${fromJoined(request, spine)}
    WHERE s.${ordinal} BETWEEN ${part.from} AND ${part.to} ORDER BY s.${ordinal}`
}

function fromJoined({ picks }: ExportRequest, spine: SpineTable): string {
  // What others are computed of is not printed.
  const printed = [...picks.keys()].filter((i) => (picks[i] as JoinedPick).features.length > 0)
  const joins = printed.map((i) => ` JOIN ${joinTable(i)} AS j${i} ON j${i}.${ordinal} = s.${ordinal}`)
  return `${spine.name} AS s${joins.join('')}`
}
