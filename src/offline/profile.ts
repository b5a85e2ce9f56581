/** What the values of a group look like, computed in the database, many features to a statement. */
import { fromMicroseconds } from '../config/instant.js'
import type { EntityKey } from '../config/project.js'
import type { Database, Transaction } from '../db/database.js'
import { identifier, parameters } from '../db/sql.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import type { Bins, FeatureStatistics } from '../registry/statistics.js'
import { schemasOf, tableName } from './feature-table.js'
import { type ProfiledFeature, readFeature } from './profile-result.js'
import { countedSql, featureSql, sampled, valuesSql } from './profile-sql.js'

export interface ProfileRequest {
  readonly db: Database
  /** The registry's schema. */
  readonly schema: string
  readonly tenant: string
  readonly version: ProfiledVersion
  /** The event timestamps whose current rows are looked at; the latest rows when absent. */
  readonly during?: During | undefined
  /** How many current rows there are; counted when absent. */
  readonly rows?: number | undefined
  /** By feature, bins to count into; made from the values when absent. */
  readonly bins?: ReadonlyMap<string, Bins> | undefined
  /** Rows to look at, about, where there are more; 30,000 unless told. */
  readonly most?: number | undefined
}

export interface ProfiledVersion {
  readonly group: string
  readonly fingerprint: string
  readonly keys: readonly EntityKey[]
  readonly features: readonly FeatureSnapshot[]
}

export interface During {
  /** A `tstzmultirange` as PostgreSQL writes it. */
  readonly ranges: string
  /** Instants that hold them all, both inclusive. */
  readonly start: string
  readonly end: string
}

export interface Profile {
  readonly rows: number
  readonly sampleRows: number
  readonly features: readonly FeatureStatistics[]
}

/** Enough for a share to be off by about half a percent at most, and little work beside writing that many rows. */
const mostRows = 30_000

/**
 * Features that one statement looks at. It goes over its sample for each, so that time would grow with the square of
 * what it holds, and what it has sorted of one it keeps to its end.
 */
const mostTogether = 32

/** Milliseconds after which a statement is given up. */
const patience = 60_000

/**
 * The event timestamps that windows own.
 *
 * @param ownTimestamp the transform stamps rows, within the window; otherwise they bear its end
 */
export function duringOf(spans: readonly { start: bigint; end: bigint }[], ownTimestamp: boolean): During {
  const [open, close] = ownTimestamp ? ['[', ')'] : ['(', ']']
  const instants = spans.map(({ start, end }) => [fromMicroseconds(start), fromMicroseconds(end)] as const)
  const ranges = instants.map(([start, end]) => `${open}${start},${end}${close}`)
  return { ranges: `{${ranges.join(',')}}`, start: instants[0]?.[0] ?? '', end: instants.at(-1)?.[1] ?? '' }
}

export async function profile(request: ProfileRequest): Promise<Profile> {
  const { db, tenant, version, bins } = request
  const isWide = version.features.length > mostTogether
  const session = { role: 'app', tenant, readOnly: !isWide, statementTimeout: patience } as const
  return db.transaction(session, async (tx) => {
    // Compiling so many expressions takes longer than they do; spilling a sample to disk, too.
    await tx.query(`SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)`)
    const { values, bind } = parameters()
    const rows = request.rows ?? (await tx.query(`SELECT count(*) AS n ${fromRows(request, bind)}`, values)).rows[0]?.n
    if (isWide) await keepSample(tx, request, rows)
    const found: ProfiledFeature[] = []
    for (let from = 0; from < version.features.length; from += mostTogether) {
      const { values, bind } = parameters()
      const features = version.features.slice(from, from + mostTogether)
      const sample = isWide ? keptSample(features, from) : sampleSql(request, rows, bind)
      const told = await tx.query<{ profile: ProfiledFeature }>(profileSql(features, sample, bins, bind), values)
      found.push(...told.rows.map((row) => row.profile))
    }
    const sampleRows = found[0]?.rows ?? 0
    const features = version.features.map((feature, i) =>
      readFeature(feature, found[i] as ProfiledFeature, { rows, bins: bins?.get(feature.name) }),
    )
    return { rows: Math.max(rows, sampleRows), sampleRows, features }
  })
}

/** So that the history is gone through once, however many statements look at what it gave. */
async function keepSample(tx: Transaction, request: ProfileRequest, rows: number): Promise<void> {
  const { values, bind } = parameters()
  await tx.query(`CREATE TEMPORARY TABLE fstore_sample ON COMMIT DROP AS ${sampleSql(request, rows, bind)}`, values)
}

function keptSample(features: readonly FeatureSnapshot[], from: number): string {
  const columns = features.map((_, i) => `x${from + i} AS x${i}`)
  return `SELECT ${[...columns, 'entity'].join(', ')} FROM pg_temp.fstore_sample`
}

function sampleSql(request: ProfileRequest, rows: number, bind: (value: unknown) => string): string {
  const { version, most = mostRows } = request
  const { features, keys } = version
  // Row by row by chance: pages hold rows that are alike.
  const chance = rows <= most ? '' : `AND random() < ${bind(most / rows)}`
  const entity = `ROW(${keys.map(({ name }) => identifier(name)).join(', ')})::text`
  const columns = [...features.map(sampled), `${features.some(isText) ? entity : 'NULL'} AS entity`]
  return `SELECT ${columns.join(', ')} ${fromRows(request, bind)} ${chance}`
}

/** One row for each feature, in their order. */
function profileSql(
  features: readonly FeatureSnapshot[],
  sample: string,
  bins: ProfileRequest['bins'],
  bind: (value: unknown) => string,
): string {
  const parts = [`sample AS MATERIALIZED (${sample})`, countedSql(features), ...features.flatMap(valuesSql)]
  const each = features.map((feature, i) => featureSql(feature, i, bins?.get(feature.name), bind))
  return `WITH ${parts.join(',\n')}
    SELECT profile FROM (${each.join('\nUNION ALL\n')}) AS p (i, profile) ORDER BY i`
}

function isText({ dataType }: FeatureSnapshot): boolean {
  return dataType === 'string'
}

function fromRows({ schema, tenant, version, during }: ProfileRequest, bind: (value: unknown) => string): string {
  const { offline, online } = schemasOf(schema)
  const table = identifier(during === undefined ? online : offline, tableName(version.group, version.fingerprint))
  const current = `FROM ${table} WHERE tenant_id = ${bind(tenant)} AND superseded_at IS NULL`
  if (during === undefined) return current
  const { ranges, start, end } = during
  // The bounds are what partitions are pruned by.
  return `${current} AND event_timestamp >= ${bind(start)} AND event_timestamp <= ${bind(end)}
    AND ${bind(ranges)}::tstzmultirange @> event_timestamp`
}
