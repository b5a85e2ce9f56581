/** How much a tenant's histories hold. */
import { toDate } from '../config/instant.js'
import type { Row } from '../db/database.js'
import { identifier, literal } from '../db/sql.js'
import type { ReadableVersion } from '../registry/catalog.js'
import type { OfflineScope } from './asked.js'
import { schemasOf, tableName } from './feature-table.js'
import { fromHistory, keyColumns } from './selection.js'

/** How many rows and entities there are, and from when to when. Superseded rows count as rows, not as current ones. */
export interface RowCounts {
  /** Superseded ones included. */
  readonly totalRows: number
  readonly currentRows: number
  /** Those that have a current row. */
  readonly entities: number
}

/** Of the version that is live. */
export interface GroupStatistics extends RowCounts {
  readonly group: string
  readonly entity: string
  readonly version: number
  readonly features: number
  /** Event timestamps of current rows, as Dates and as exact texts, UTC; null without any. */
  readonly oldest: Date | null
  readonly oldestText: string | null
  readonly newest: Date | null
  readonly newestText: string | null
}

/** Over all groups of an entity that are built. */
export interface EntityStatistics extends RowCounts {
  readonly entity: string
  readonly groups: number
  readonly features: number
}

/** How many rows there are, by group and by entity. */
export interface StoreStatistics {
  readonly groups: readonly GroupStatistics[]
  readonly entities: readonly EntityStatistics[]
}

/** @throws FstoreError NOT_MIGRATED */
export async function storeStatistics(scope: OfflineScope): Promise<StoreStatistics> {
  const catalog = await scope.catalog.entries()
  const versions = scope.project.groups.flatMap(({ name }) => catalog.get(name)?.active ?? [])
  const groups: GroupStatistics[] = []
  // One transaction each: the locks of all partitions of all groups would be too many for one.
  for (const version of versions) groups.push(await groupStatistics(scope, version))
  const entities: EntityStatistics[] = []
  for (const entity of new Set(versions.map((version) => version.entity))) {
    const of = (one: { readonly entity: string }) => one.entity === entity
    entities.push(await entityStatistics(scope, entity, versions.filter(of), groups.filter(of)))
  }
  return { groups, entities }
}

interface Counted {
  readonly total: number
  readonly current: number
  readonly entities: number
  readonly oldest: string | null
  readonly newest: string | null
}

async function groupStatistics(scope: OfflineScope, version: ReadableVersion): Promise<GroupStatistics> {
  const current = 'FILTER (WHERE h.superseded_at IS NULL)'
  const counted = await one<Counted>(
    scope,
    `SELECT count(*) AS total, count(*) ${current} AS current, min(h.event_timestamp) ${current} AS oldest,
       max(h.event_timestamp) ${current} AS newest, (${countKeys(scope, [version])}) AS entities
     ${fromHistory(scope, version, { all: true })}`,
  )
  const { total, current: currentRows, entities, oldest, newest } = counted
  return {
    group: version.group,
    entity: version.entity,
    version: version.version,
    features: version.features.length,
    totalRows: total,
    currentRows,
    entities,
    oldest: oldest === null ? null : toDate(oldest),
    oldestText: oldest,
    newest: newest === null ? null : toDate(newest),
    newestText: newest,
  }
}

async function entityStatistics(
  scope: OfflineScope,
  entity: string,
  versions: readonly ReadableVersion[],
  groups: readonly GroupStatistics[],
): Promise<EntityStatistics> {
  const sum = (of: 'totalRows' | 'currentRows' | 'features') => groups.reduce((total, group) => total + group[of], 0)
  const { entities } = await one<{ entities: number }>(scope, `SELECT (${countKeys(scope, versions)}) AS entities`)
  const [totalRows, currentRows, features] = [sum('totalRows'), sum('currentRows'), sum('features')]
  return { entity, groups: groups.length, features, totalRows, currentRows, entities }
}

/** Entities that any of the versions has; the latest tables hold one row for each, a tombstone where nothing is left. */
function countKeys({ project, tenant }: OfflineScope, versions: readonly ReadableVersion[]): string {
  const { online } = schemasOf(project.schema)
  const live = versions.map((version) => {
    const table = identifier(online, tableName(version.group, version.fingerprint))
    return `SELECT ${keyColumns(version).join(', ')} FROM ${table} AS h
      WHERE h.tenant_id = ${literal(tenant)} AND h.superseded_at IS NULL`
  })
  return `SELECT count(*) FROM (${live.join(' UNION ')}) AS k`
}

async function one<R extends Row>({ db, tenant }: OfflineScope, sql: string): Promise<R> {
  const { rows } = await db.query<R>({ role: 'app', tenant, readOnly: true }, sql)
  return rows[0] as R
}
