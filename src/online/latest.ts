/** The latest tables: the tier that has the last word. */
import type { Database } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { tableName } from '../offline/feature-table.js'
import type { ReadableVersion } from '../registry/catalog.js'
import { type Packed, packSql } from './packed.js'
import type { Found, Lookup, Tier } from './tier.js'

/** @param schema of the latest tables, such as `fstore_online` */
export function latestTier(db: Database, schema: string): Tier {
  return {
    name: 'latest',
    async read(tenant, lookups) {
      const asOf = Date.now()
      const found = await readTables({ db, tenant, lookups, repeated: true }, (version, isAsked) => {
        const table = identifier(schema, tableName(version.group, version.fingerprint))
        // One look at the index a key, whatever the planner thinks of a table that was never analyzed.
        return `JOIN LATERAL (SELECT * FROM ${table} AS t WHERE t.tenant_id = $1 AND ${isAsked} LIMIT 1) AS t ON true
          WHERE t.superseded_at IS NULL`
      })
      return { found, asOf }
    },
  }
}

/** @param rowOf the SQL that joins to `asked` the row `t` of each; `isAsked` compares the keys of the two */
type RowOf = (version: ReadableVersion, isAsked: string) => string

/**
 * The rows asked for, of tables that are reached by key.
 *
 * @param asked.repeated the SQL comes again and again, with other keys
 */
export async function readTables(
  asked: { db: Database; tenant: string; lookups: readonly Lookup[]; repeated?: boolean },
  rowOf: RowOf,
): Promise<Found[]> {
  const { db, tenant, lookups, repeated = false } = asked
  const { text, parameters } = selectPacked(tenant, lookups, rowOf)
  const session = { role: 'app', tenant, readOnly: true, repeated } as const
  const { rows } = await db.query<{ i: number; packed: string }>(session, text, parameters)
  const found: Found[] = lookups.map(() => null)
  for (const { i, packed } of rows) found[i] = JSON.parse(packed) as Packed
  return found
}

const packs = new WeakMap<ReadableVersion, string>()

function packOf(version: ReadableVersion): string {
  const known = packs.get(version)
  if (known !== undefined) return known
  const sql = `${packSql(version.features, 't')}::text`
  packs.set(version, sql)
  return sql
}

/** One statement for all versions: a branch each, its keys as arrays. */
function selectPacked(tenant: string, lookups: readonly Lookup[], rowOf: RowOf) {
  const parameters: unknown[] = [tenant]
  const bind = (value: unknown) => `$${parameters.push(value)}`
  const versions = new Map<ReadableVersion, number[]>()
  for (const [i, { version }] of lookups.entries()) {
    const places = versions.get(version)
    if (places === undefined) versions.set(version, [i])
    else places.push(i)
  }
  const branches = [...versions].map(([version, places]) => {
    const names = version.keys.map((_, k) => `k${k}`)
    const arrays = version.keys.map((_, k) => `${bind(places.map((i) => lookups[i]?.key[k]))}::text[]`)
    const types = version.keys.map(({ type }) => (type === 'string' ? 'text' : type === 'int64' ? 'bigint' : 'uuid'))
    const joins = version.keys.map((key, k) => `t.${identifier(key.name)} = asked.k${k}::${types[k]}`)
    return `SELECT asked.i, ${packOf(version)} AS packed
      FROM unnest(${bind(places)}::int[], ${arrays.join(', ')}) AS asked (i, ${names.join(', ')})
      ${rowOf(version, joins.join(' AND '))}`
  })
  return { text: branches.join('\nUNION ALL\n'), parameters }
}
