/** A point-in-time export: a spine in, its rows with their features out, in the spine's order. */
import { Readable } from 'node:stream'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import {
  countMatches,
  type JoinedPick,
  joinColumn,
  joinPick,
  joinTable,
  type MatchCounts,
  type PointInTimeJoin,
} from '../offline/point-in-time.js'
import { dropSpine, ordinal, type SpineTable } from '../offline/spine-table.js'
import { featureOf } from '../registry/catalog.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { type Part, runParts, split } from './parts.js'
import { joinKeys, type SpineContext, type SpineObject, type SpineSource } from './spine.js'
import { loadSql } from './spine-sql.js'
import { loadCsv, loadJsonl } from './spine-text.js'

export interface ExportRequest extends Omit<SpineContext, 'keys'> {
  readonly source: SpineSource
  readonly picks: readonly JoinedPick[]
  readonly knownAt: boolean
  /** `feature`, or `alias__feature`, or `alias.feature`. */
  readonly names: 'short' | 'full' | 'dotted'
  readonly format: 'csv' | 'jsonl'
}

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
export async function exportPointInTime(
  request: ExportRequest,
  sink: (bytes: Uint8Array) => Promise<void> | void,
): Promise<ExportReport> {
  const { db, schemas, tenant, picks, knownAt } = request
  const spine = await loadSpine({ ...request, keys: joinKeys(picks) }, request.source)
  try {
    const output = outputOf(request, spine)
    const join: PointInTimeJoin = { schemas, spine, picks, knownAt }
    const parts = split(spine.rows, db.connections)
    const counts = await runParts({
      db,
      session: { role: 'app', tenant },
      parts,
      join: (tx, part) => joinAll(tx, join, part),
      async read(tx, part, i) {
        for await (const bytes of tx.copyTo(copySql(request, spine, output, part, i === 0))) await sink(bytes)
      },
    })
    const groups = picks.map(({ alias, version }, i) => ({
      alias,
      group: version.group,
      version: version.version,
      ...sum(counts.map((part) => part[i] as MatchCounts)),
    }))
    return { rows: spine.rows, columns: output.map(({ name }) => name), groups, connections: parts.length }
  } finally {
    await dropSpine(db, spine.name)
  }
}

function loadSpine(context: SpineContext, source: SpineSource): Promise<SpineTable> {
  if ('sql' in source) return loadSql(context, source.sql, source.file)
  if ('csv' in source) return loadCsv(context, { content: source.csv, file: source.file })
  if ('jsonl' in source) return loadJsonl(context, { content: source.jsonl, file: source.file })
  return loadJsonl(context, { content: Readable.from(linesOf(source.rows)), file: undefined })
}

async function* linesOf(rows: Iterable<SpineObject> | AsyncIterable<SpineObject>): AsyncGenerator<Buffer> {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  for await (const row of rows) yield Buffer.from(`${JSON.stringify(row, plain)}\n`)
}

async function joinAll(tx: Transaction, join: PointInTimeJoin, { from, to }: Part): Promise<MatchCounts[]> {
  const counts: MatchCounts[] = []
  for (const index of join.picks.keys()) {
    await joinPick(tx, join, index, from, to)
    counts.push(await countMatches(tx, index))
  }
  return counts
}

function sum(parts: readonly MatchCounts[]): MatchCounts {
  const total = { matched: 0, tooOld: 0, noHistory: 0, hidden: 0 }
  for (const part of parts) for (const key of Object.keys(total) as (keyof MatchCounts)[]) total[key] += part[key]
  return total
}

interface OutputColumn {
  readonly name: string
  readonly sql: string
}

function outputOf(request: ExportRequest, spine: SpineTable): OutputColumn[] {
  const { picks, names, format } = request
  const columns = [
    ...spine.columns.map(({ name, type }) => ({
      name,
      sql: type === 'jsonb' && format === 'csv' ? `s.${identifier(name)} #>> '{}'` : `s.${identifier(name)}`,
    })),
    ...picks.flatMap(({ alias, features, version }, i) =>
      features.map((feature, f) => ({
        name: names === 'short' ? feature : `${alias}${names === 'full' ? '__' : '.'}${feature}`,
        sql: outputSql(`j${i}.${joinColumn(f)}`, featureOf(version, feature), format),
      })),
    ),
  ]
  const twice = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i)
  if (twice === undefined) return columns
  throw new FstoreError('NAME_COLLISION', `Two columns of the output would be called "${twice.name}".`, {
    fix: names === 'short' ? 'Ask for full names (--full-names): group__feature.' : 'Rename the column of the spine.',
  })
}

/** JSON readers hold integers to 2^53 only; vectors are lists of numbers. */
function outputSql(column: string, feature: FeatureSnapshot, format: 'csv' | 'jsonl'): string {
  if (feature.dataType === 'embedding') return `${column}::real[]`
  return feature.as === 'bigint' && format === 'jsonl' ? `${column}::text` : column
}

function copySql(
  request: ExportRequest,
  spine: SpineTable,
  output: readonly OutputColumn[],
  part: Part,
  first: boolean,
) {
  const columns = output.map(({ name, sql }) => `${sql} AS ${identifier(name)}`).join(', ')
  const joins = request.picks.map((_, i) => `JOIN ${joinTable(i)} AS j${i} ON j${i}.${ordinal} = s.${ordinal}`)
  const select = `SELECT ${columns} FROM ${spine.name} AS s ${joins.join(' ')}
    WHERE s.${ordinal} BETWEEN ${part.from} AND ${part.to} ORDER BY s.${ordinal}`
  if (request.format === 'csv') return `COPY (${select}) TO STDOUT WITH (FORMAT csv, HEADER ${first})`
  // CSV with control characters for its marks leaves JSON as it is.
  return `COPY (SELECT row_to_json(r) FROM (${select}) AS r) TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')`
}
