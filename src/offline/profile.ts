/** What the values of a group look like, computed in the database: one statement for all features. */
import { fromMicroseconds } from '../config/instant.js'
import type { EntityKey } from '../config/project.js'
import type { Database } from '../db/database.js'
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

/** Milliseconds after which it is given up. */
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
  const session = { role: 'app', tenant, readOnly: true, statementTimeout: patience } as const
  return db.transaction(session, async (tx) => {
    // Compiling so many expressions takes longer than they do; spilling a sample to disk, too.
    await tx.query(`SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)`)
    const { values, bind } = parameters()
    const rows = request.rows ?? (await tx.query(`SELECT count(*) AS n ${fromRows(request, bind)}`, values)).rows[0]?.n
    const statement = profileSql(request, rows)
    const found = await tx.query<{ profile: ProfiledFeature }>(statement.text, statement.values)
    const sampleRows = found.rows[0]?.profile.rows ?? 0
    const features = version.features.map((feature, i) =>
      readFeature(feature, found.rows[i]?.profile as ProfiledFeature, { rows, bins: bins?.get(feature.name) }),
    )
    return { rows: Math.max(rows, sampleRows), sampleRows, features }
  })
}

/** One row for each feature, in their order. */
function profileSql(request: ProfileRequest, rows: number): { text: string; values: readonly unknown[] } {
  const { version, bins, most = mostRows } = request
  const { features, keys } = version
  const { values, bind } = parameters()
  // Row by row by chance: pages hold rows that are alike.
  const chance = rows <= most ? '' : `AND random() < ${bind(most / rows)}`
  const entity = `ROW(${keys.map(({ name }) => identifier(name)).join(', ')})::text`
  const columns = [...features.map(sampled), `${features.some(isText) ? entity : 'NULL'} AS entity`]
  const sample = `SELECT ${columns.join(', ')} ${fromRows(request, bind)} ${chance}`
  const parts = [`sample AS MATERIALIZED (${sample})`, countedSql(features), ...features.flatMap(valuesSql)]
  const each = features.map((feature, i) => featureSql(feature, i, bins?.get(feature.name), bind))
  const text = `WITH ${parts.join(',\n')}
    SELECT profile FROM (${each.join('\nUNION ALL\n')}) AS p (i, profile) ORDER BY i`
  return { text, values }
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
