/** Whether a search goes through the index or compares every row of its tenant; remembered for a while. */
import type { Database, Transaction } from '../db/database.js'
import { DatabaseError } from '../db/database.js'
import { vectorMissing } from '../offline/vector-extension.js'
import type { Search } from './search-request.js'
import { countSql, latestOf, lookSql, type SearchScope } from './search-sql.js'

export type Way =
  | { readonly kind: 'exact' }
  /** `goesOn`: past rows of other tenants, until there are enough; pgvector does so from 0.8 on. */
  | { readonly kind: 'index'; readonly goesOn: boolean }

/** Milliseconds. A way that is no longer the best still finds what there is. */
const fresh = 10_000
const mostKept = 1_000

const kept = new WeakMap<Database, Map<string, { readonly way: Way; readonly at: number }>>()

/** @throws FstoreError EXTENSION_MISSING; DatabaseError 42P01 where the table is gone */
export async function wayOf(db: Database, tx: Transaction, search: Search, scope: SearchScope): Promise<Way> {
  if (search.exact) return { kind: 'exact' }
  const own = kept.get(db) ?? new Map()
  kept.set(db, own)
  const name = [latestOf(search, scope), search.feature.name, search.metric, search.limit, scope.tenant].join('\n')
  const known = own.get(name)
  if (known !== undefined && Date.now() - known.at < fresh) return known.way
  const way = await choose(tx, search, scope)
  if (own.size >= mostKept) own.clear()
  own.set(name, { way, at: Date.now() })
  return way
}

interface Look {
  /** Its version; null where the extension is gone. */
  readonly extension: string | null
  /** Of all tenants, as the server last counted them. */
  readonly rows: number
  readonly indexed: boolean
}

/** Below this, all rows of a tenant are compared sooner than it takes to wonder. */
const few = 1_000

/**
 * The index comes by the rows of all tenants: a tenant's own are met the more seldom the smaller its share. Comparing all
 * n of them is cheaper as long as n² is below about 10 × limit × rows of the table.
 */
async function choose(tx: Transaction, search: Search, scope: SearchScope): Promise<Way> {
  const asked = lookSql(search, scope)
  const [look] = (await tx.query<Look & Record<string, unknown>>(asked.text, asked.values)).rows
  if (look === undefined) throw new DatabaseError({ code: '42P01', message: `${latestOf(search, scope)} is gone` })
  if (look.extension === null) throw vectorMissing('available')
  if (!look.indexed) return { kind: 'exact' }
  const most = Math.max(few, Math.ceil(Math.sqrt(10 * search.limit * look.rows)))
  const count = countSql(search, scope, most)
  const { rows } = await tx.query<{ rows: number }>(count.text, count.values)
  if ((rows[0]?.rows ?? 0) < most) return { kind: 'exact' }
  const [major = 0, minor = 0] = look.extension.split('.').map(Number)
  return { kind: 'index', goesOn: major > 0 || minor >= 8 }
}
