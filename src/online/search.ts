/** The entities whose newest embeddings are most alike a vector, or another entity's own. */
import { toDate } from '../config/instant.js'
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { FstoreError } from '../errors.js'
import type { OfflineScope } from '../offline/asked.js'
import { comparisons } from '../offline/metric.js'
import { keyOf } from '../offline/selection.js'
import { instantOf } from '../registry/value.js'
import { abortable } from './abortable.js'
import type { AnyRead, Reader } from './reader.js'
import { type Search, type SearchRequest, searchOf } from './search-request.js'
import { exactSql, indexedSql, ownSql, type SearchScope } from './search-sql.js'
import { wayOf } from './search-way.js'

/** One entity that was found. */
export interface SimilarEntity<F = Record<string, unknown>, K = Record<string, unknown>> {
  readonly key: K
  /**
   * The larger, the more alike: of `cosine` the cosine, from -1 to 1; of `l2` 1 / (1 + distance); of `ip` the inner
   * product.
   */
  readonly similarity: number
  /** As of when the embedding is: to the millisecond, and as exact text, UTC. */
  readonly eventTimestamp: Date
  readonly eventTimestampText: string
  /** Of the features that were asked for. */
  readonly values: { readonly [N in keyof F]: F[N] | null }
}

export interface Searching extends OfflineScope {
  readonly reader: Reader
}

/**
 * The most alike first, among the newest rows: those that have expired or were retracted are not there.
 *
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, USAGE, VALUE_INVALID, KEY_INVALID, EMBEDDING_MISSING,
 * EXTENSION_MISSING, NOT_BUILT, DATABASE_UNREACHABLE
 */
export async function searchSimilar(scope: Searching, request: SearchRequest): Promise<SimilarEntity[]> {
  request.signal?.throwIfAborted()
  return abortable(request.signal, () => found(scope, request))
}

async function found(scope: Searching, request: SearchRequest): Promise<SimilarEntity[]> {
  const rows = await nearest(scope, await searchOf(scope, request)).catch(async (error: unknown) => {
    // The version was cleaned up while its name was still remembered here.
    if (!(error instanceof DatabaseError) || error.code !== '42P01') throw error
    scope.catalog.forget()
    return nearest(scope, await searchOf(scope, request))
  })
  return withValues(scope, rows, request.features)
}

type Nearest = Omit<SimilarEntity, 'values'> & { readonly entity: string }

async function nearest(scope: Searching, search: Search): Promise<Nearest[]> {
  const { db, tenant, project } = scope
  const { ttl } = search.reference.group
  const since = ttl === undefined ? undefined : new Date(Date.now() - ttl * 1000).toISOString()
  const where: SearchScope = { schema: project.schema, tenant, since }
  const rows = await db.transaction({ role: 'app', tenant, readOnly: true }, (tx) => run(db, tx, search, where))
  return rows.map((row) => nearestOf(search, row)).filter(({ similarity }) => similarity >= search.threshold)
}

/** Keys, instant, distance. */
type Row = readonly unknown[]

async function run(db: Database, tx: Transaction, search: Search, where: SearchScope): Promise<Row[]> {
  const way = await wayOf(db, tx, search, where)
  const vector = search.vector ?? (await ownVector(tx, search, where))
  if (way.kind === 'index') {
    const rows = await throughIndex(tx, search, where, vector, way.goesOn)
    if (rows.length === search.limit) return rows
    // Rows of other tenants, and expired ones, were all that it came by.
    await tx.script(otherWays.map((name) => `SET LOCAL ${name} TO DEFAULT`).join('; '))
  }
  return rowsOf(tx, exactSql(search, where, vector))
}

/** How many rows the index keeps in sight, at most 1,000: the more, the fewer it misses. */
function width(limit: number): number {
  return Math.min(1_000, Math.max(200, 4 * limit))
}

/** How many rows the index may come by before it gives up. */
const mostScanned = 200_000

const otherWays = ['enable_seqscan', 'enable_bitmapscan', 'enable_sort']

async function throughIndex(tx: Transaction, search: Search, where: SearchScope, vector: string, goesOn: boolean) {
  const settings = {
    'hnsw.ef_search': width(search.limit),
    ...(goesOn && { 'hnsw.iterative_scan': 'strict_order', 'hnsw.max_scan_tuples': mostScanned }),
    // A table that was never analyzed is thought to be small.
    ...Object.fromEntries(otherWays.map((name) => [name, 'off'])),
  }
  const list = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`)
  await tx.query(`SELECT ${list.join(', ')}`)
  const rows = await rowsOf(tx, indexedSql(search, where, vector))
  return rows.filter((row) => typeof row.at(-1) === 'number')
}

async function ownVector(tx: Transaction, search: Search, where: SearchScope): Promise<string> {
  const [own] = await ask<{ vector: string | null }>(tx, ownSql(search, where))
  if (typeof own?.vector === 'string') return own.vector
  const key = search.entity.keys.map(({ name }, k) => `${name}=${search.key?.[k]}`).join(' ')
  throw new FstoreError('EMBEDDING_MISSING', `${search.reference.name} has no value for ${key}.`, {
    why: own === undefined ? 'There is no such entity, or its value has expired.' : 'Its value is null.',
    fix: 'Search by another key, or by a vector.',
  })
}

async function rowsOf(tx: Transaction, statement: Parameters<typeof ask>[1]): Promise<Row[]> {
  const rows = await ask<{ row: Row }>(tx, statement)
  return rows.map(({ row }) => row)
}

async function ask<R extends object>(
  tx: Transaction,
  { text, values }: { readonly text: string; readonly values: readonly unknown[] },
): Promise<R[]> {
  return (await tx.query<R>(text, values)).rows
}

function nearestOf({ version, metric, entity }: Search, row: Row): Nearest {
  const eventTimestampText = instantOf(row.at(-2) as string)
  return {
    entity: entity.name,
    key: keyOf(version, row),
    similarity: comparisons[metric].similarity(row.at(-1) as number),
    eventTimestamp: toDate(eventTimestampText),
    eventTimestampText,
  }
}

/** As any read has them, from the nearest tier. */
async function withValues(
  { reader }: Searching,
  rows: readonly Nearest[],
  features: readonly string[] | undefined,
): Promise<SimilarEntity[]> {
  const [first] = rows
  const reads: readonly AnyRead[] =
    features === undefined || features.length === 0 || first === undefined
      ? []
      : await reader.readFeatures({ entity: first.entity, keys: rows.map(({ key }) => key), features })
  return rows.map(({ entity: _, ...row }, i) => ({ ...row, values: reads[i]?.values ?? {} }))
}
