/**
 * The point-in-time join: for each spine row, the newest row of a group with `event_timestamp <=` the spine's, not
 * older than the ttl. One query a group, each into a temporary table by ordinal, so that the planner prunes each
 * group's partitions by the spine's bounds and a row is looked up by one descent of the primary key.
 */
import type { Transaction } from '../db/database.js'
import { identifier, literal } from '../db/sql.js'
import type { CatalogEntries, ReadableVersion } from '../registry/catalog.js'
import type { Computation } from './computation.js'
import { type Schemas, tableName } from './feature-table.js'
import type { OnDemandSelect } from './on-demand-sql.js'
import { ordinal, type SpineTable, spineRows } from './spine-table.js'

/** One group to be joined, under an alias. */
export interface JoinedPick {
  readonly alias: string
  readonly version: ReadableVersion
  /** By key of the group's entity, the spine column that holds it. */
  readonly on: Readonly<Record<string, string>>
  /** Names of features of the version. */
  readonly features: readonly string[]
  /** Others, which on-demand features are computed of: they are joined, and not printed. */
  readonly inputs?: readonly string[] | undefined
  /** In place of a history, what the features are computed by. */
  readonly onDemand?: OnDemandJoin | undefined
  /** Seconds; absent: any age. */
  readonly ttl?: number | undefined
  /** See the group as it stood at this write stamp; as it stands now when absent. */
  readonly asOf?: string | undefined
}

/** SQL, or a function of other picks that are joined before it. */
export type OnDemandJoin =
  | { readonly select: OnDemandSelect; readonly catalog: CatalogEntries }
  | {
      readonly computation: Computation
      /** By the name that the function knows, the pick and its feature. */
      readonly inputs: readonly { readonly name: string; readonly pick: number; readonly feature: string }[]
      /** How many functions stand above each other. */
      readonly depth: number
    }

/** The features of a pick that are joined, in the order of the columns. */
export function joinedFeatures({ features, inputs = [] }: JoinedPick): readonly string[] {
  return [...features, ...inputs]
}

export interface PointInTimeJoin {
  readonly schemas: Schemas
  readonly spine: SpineTable
  readonly picks: readonly JoinedPick[]
  /** See only what was known at the spine timestamp: rows created later, and later corrections, are hidden. */
  readonly knownAt: boolean
}

/** How the rows of a spine fared with one pick. */
export interface MatchCounts {
  readonly matched: number
  /** There was a row, older than the ttl. */
  readonly tooOld: number
  readonly noHistory: number
  /** Spine rows whose newest row, as things stand now, known-at hid. */
  readonly hidden: number
  /** Seconds by which the nearest feature row is older than its spine row; below zero would be a leak. */
  readonly nearest: number | null
}

/** The temporary table of the pick at an index. */
export function joinTable(index: number): string {
  return `pg_temp.fstore_join_${index}`
}

/** The column of a feature in that table. No spine has one of that name. */
export function joinColumn(index: number): string {
  return `fstore_f${index}`
}

/** A row of a table must fit on a page of 8 kB, where a value takes 18 bytes at most, but for some rare types. */
const mostColumns = 200

/**
 * The pick whose table has the columns of the spine, too: to join them to it once it is there would cost a sort more.
 * Undefined where they would be too many, or all is computed on demand.
 */
export function spineCarrier({ picks, spine }: Pick<PointInTimeJoin, 'picks' | 'spine'>): number | undefined {
  const index = picks.findIndex(({ onDemand, features }) => onDemand === undefined && features.length > 0)
  const pick = picks[index]
  if (pick === undefined || spine.columns.length + joinedFeatures(pick).length > mostColumns) return undefined
  return index
}

/** Joins the spine rows `[from, to]` to one pick. The transaction is one tenant's; its end drops the table. */
export async function joinPick(tx: Transaction, join: PointInTimeJoin, index: number, from: number, to: number) {
  await tx.script(`CREATE TEMP TABLE ${joinTable(index).slice('pg_temp.'.length)} ON COMMIT DROP AS
    ${joinSql(join, index, from, to)}`)
}

/** The fate is `m`atched, too `o`ld or `n`o history; hidden is set where known-at hid a newer row. */
export function joinSql(join: PointInTimeJoin, index: number, from: number, to: number): string {
  const pick = join.picks[index] as JoinedPick
  const features = joinedFeatures(pick).map((name, i) => `h.${identifier(name)} AS ${joinColumn(i)}`)
  const old =
    pick.ttl === undefined ? 'false' : `h.created_at IS NULL AND EXISTS (${candidates(join, pick, 'any age')})`
  const fate = `CASE WHEN h.created_at IS NOT NULL THEN 'm' WHEN ${old} THEN 'o' ELSE 'n' END`
  const hidden = join.knownAt
    ? `(SELECT c.created_at > s.event_timestamp FROM (${newest(join, pick, 'current')}) AS c)`
    : 'false'
  const told = [
    `${fate}::"char" AS fstore_fate`,
    `coalesce(${hidden}, false) AS fstore_hidden`,
    's.event_timestamp - h.event_timestamp AS fstore_lag',
  ]
  const own = spineCarrier(join) === index ? 's.*' : `s.${ordinal}`
  return `SELECT ${[own, ...features, ...told].join(', ')}
    FROM ${spineRows(join.spine, from, to, Object.values(pick.on))} AS s
    LEFT JOIN LATERAL (${newest(join, pick, 'asked')}) AS h ON true`
}

function newest(join: PointInTimeJoin, pick: JoinedPick, which: 'asked' | 'current'): string {
  return `${candidates(join, pick, which)} ORDER BY h.event_timestamp DESC, h.created_at DESC LIMIT 1`
}

/** Rows that a spine row may see. Bounds are literals: only those prune partitions when the query is planned. */
function candidates(join: PointInTimeJoin, pick: JoinedPick, which: 'asked' | 'current' | 'any age'): string {
  const { spine, schemas, knownAt } = join
  const { version, ttl } = pick
  const keys = version.keys.map((key) => `h.${identifier(key.name)} = s.${identifier(pick.on[key.name] as string)}`)
  const seconds = which === 'any age' ? undefined : ttl
  const conditions = [
    `h.tenant_id = ${literal(spine.tenant)}`,
    ...keys,
    'h.event_timestamp <= s.event_timestamp',
    ...(seconds === undefined ? [] : [`h.event_timestamp >= s.event_timestamp - interval '${seconds} seconds'`]),
    ...bounds(spine, seconds),
    ...standing(knownAt && which !== 'current' ? 's.event_timestamp' : undefined, pick.asOf),
  ]
  const table = identifier(schemas.offline, tableName(version.group, version.fingerprint))
  return `SELECT h.* FROM ${table} AS h WHERE ${conditions.join(' AND ')}`
}

/** Which of an instant's rows stood: those not superseded, now or at the earliest of the stamps given. */
function standing(...stamps: readonly (string | undefined)[]): string[] {
  const [known, asOf] = stamps
  const at = [known, asOf === undefined ? undefined : `${literal(asOf)}::timestamptz`].filter((at) => at !== undefined)
  if (at.length === 0) return ['h.superseded_at IS NULL']
  const stamp = at.length === 1 ? (at[0] as string) : `least(${at.join(', ')})`
  return [`h.created_at <= ${stamp}`, `(h.superseded_at IS NULL OR h.superseded_at > ${stamp})`]
}

function bounds({ bounds }: SpineTable, ttl: number | undefined): string[] {
  if (bounds === undefined) return ['false']
  const last = `h.event_timestamp <= ${literal(bounds.last)}::timestamptz`
  if (ttl === undefined) return [last]
  return [last, `h.event_timestamp >= ${literal(bounds.first)}::timestamptz - interval '${ttl} seconds'`]
}

export async function countMatches(tx: Transaction, index: number): Promise<MatchCounts> {
  const { rows } = await tx.query<MatchCounts>(
    `SELECT count(*) FILTER (WHERE fstore_fate = 'm') AS matched, count(*) FILTER (WHERE fstore_fate = 'o') AS "tooOld",
       count(*) FILTER (WHERE fstore_fate = 'n') AS "noHistory", count(*) FILTER (WHERE fstore_hidden) AS hidden,
       extract(epoch FROM min(fstore_lag))::float8 AS nearest
     FROM ${joinTable(index)}`,
  )
  return rows[0] as MatchCounts
}
