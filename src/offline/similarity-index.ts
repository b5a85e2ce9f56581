/** The index over the newest embeddings of every entity, by which similar ones are found without looking at all. */
import type { FeatureSpec, GroupSpec, Metric } from '../config/project.js'
import { type Database, DatabaseError, type Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { FeatureTable, Schemas } from './feature-table.js'
import { comparisons, mostIndexedDimensions } from './metric.js'

/**
 * Makes what the config asks for and is not there, and drops what it no longer asks for. A table is filled faster
 * without: so it is made when the rows are there, before they are served. Writers of that table wait meanwhile.
 *
 * @returns why it was not made: searches then look at every row
 */
export async function ensureSimilarityIndexes(options: {
  readonly db: Database
  readonly schemas: Schemas
  readonly group: GroupSpec
  readonly table: FeatureTable
}): Promise<string | undefined> {
  const { db, schemas, group, table } = options
  if (!group.features.some(({ dataType }) => dataType === 'embedding')) return undefined
  try {
    await db.transaction({ role: 'owner', lockTimeout: 10_000 }, async (tx) => {
      if (!(await canIndex(tx, table))) return
      const wanted = await wantedOf(tx, table, group.features.filter(isIndexed))
      if (isSame(wanted, await ownIndexes(tx, table))) return
      // Another build may be at it: the second one finds it done.
      await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${table.latest}.indexes`])
      const found = await ownIndexes(tx, table)
      for (const [name, on] of wanted)
        if (!found.has(name))
          await tx.script(`CREATE INDEX ${identifier(name)} ON ${table.latest} USING hnsw (${on}) WITH (${effort})`)
      for (const name of found) if (!wanted.has(name)) await tx.script(`DROP INDEX ${identifier(schemas.online, name)}`)
    })
    return undefined
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '55P03') throw error
    return `${group.name} could not be locked to index its embeddings; the next build tries again`
  }
}

export function isIndexed({ dataType, dimension = 0 }: Pick<FeatureSpec, 'dataType' | 'dimension'>): boolean {
  return dataType === 'embedding' && dimension <= mostIndexedDimensions
}

/** Twice the time of pgvector's own default; with that, a tenth of what lies in dense clusters was not found. */
const effort = 'ef_construction = 200'

/** Heads the names of ours: an index of the user's own is not ours to drop. */
function ownPrefix({ name }: FeatureTable): string {
  return `${name}_v`
}

function isSame(wanted: ReadonlyMap<string, string>, found: ReadonlySet<string>): boolean {
  return wanted.size === found.size && [...wanted.keys()].every((name) => found.has(name))
}

/** Before pgvector 0.5 there was no such index. */
async function canIndex(tx: Transaction, table: FeatureTable): Promise<boolean> {
  const { rows } = await tx.query<{ can: boolean }>(
    `SELECT to_regclass($1) IS NOT NULL AND EXISTS (SELECT FROM pg_am WHERE amname = 'hnsw') AS can`,
    [table.latest],
  )
  return rows[0]?.can === true
}

/** By its name, what an index is on. The column's number is the table's own; its place in the config may change. */
async function wantedOf(
  tx: Transaction,
  table: FeatureTable,
  features: readonly FeatureSpec[],
): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ name: string; number: number }>(
    'SELECT attname AS name, attnum AS number FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0',
    [table.latest],
  )
  const numbers = new Map(rows.map(({ name, number }) => [name, number]))
  return new Map(
    features.map((feature) => {
      const metric: Metric = feature.metric ?? 'cosine'
      const name = `${ownPrefix(table)}${numbers.get(feature.name)}_${metric.charAt(0)}`
      return [name, `${identifier(feature.name)} ${comparisons[metric].operatorClass}`] as const
    }),
  )
}

async function ownIndexes(tx: Transaction, table: FeatureTable): Promise<Set<string>> {
  const { rows } = await tx.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
     WHERE i.indrelid = $1::regclass AND i.indisvalid AND starts_with(c.relname, $2)`,
    [table.latest, ownPrefix(table)],
  )
  return new Set(rows.map(({ name }) => name))
}
