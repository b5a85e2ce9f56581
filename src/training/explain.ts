/** How the database would go about an export, told without joining anything. */
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { tableName } from '../offline/feature-table.js'
import { joinSql, type PointInTimeJoin } from '../offline/point-in-time.js'
import { dropSpine } from '../offline/spine-table.js'
import { type ExportRequest, loadSpine } from './export.js'
import { type Part, split } from './parts.js'

/** How the database would go about a point-in-time join, by group. */
export interface Explanation {
  /** Of the spine. */
  readonly rows: number
  /** Connections that would share them. */
  readonly connections: number
  readonly groups: readonly GroupExplanation[]
}

export interface GroupExplanation {
  readonly alias: string
  readonly group: string
  readonly version: number
  /** Of the history: those that rows of the spine may be looked up in, of all. Null where it has none. */
  readonly partitions: { readonly probed: number; readonly all: number } | null
  /** What EXPLAIN says of the join of the first connection's share, a line each. */
  readonly plan: readonly string[]
}

/** The spine is loaded, since a plan depends on its rows, and dropped again. @throws FstoreError as an export does */
export async function explainPointInTime(request: Omit<ExportRequest, 'names' | 'format'>): Promise<Explanation> {
  const { db, schemas, tenant, picks, knownAt } = request
  const spine = await loadSpine(request)
  try {
    const join: PointInTimeJoin = { schemas, spine, picks, knownAt }
    const parts = split(spine.rows, db.connections, request.rowsPerConnection)
    const groups = await db.transaction({ role: 'app', tenant, manyRows: true }, async (tx) => {
      const explained: GroupExplanation[] = []
      // What is computed beside each row, and row by row, is not the planner's to say.
      for (const [index, { onDemand }] of picks.entries())
        if (onDemand === undefined) explained.push(await explainGroup(tx, join, index, parts[0] as Part))
      return explained
    })
    return { rows: spine.rows, connections: parts.length, groups }
  } finally {
    await dropSpine(db, spine.name)
  }
}

async function explainGroup(tx: Transaction, join: PointInTimeJoin, index: number, { from, to }: Part) {
  const { alias, version } = join.picks[index] as PointInTimeJoin['picks'][number]
  const table = identifier(join.schemas.offline, tableName(version.group, version.fingerprint))
  const explained = await tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${joinSql(join, index, from, to)}`)
  const plan = explained.rows.map((row) => row['QUERY PLAN'])
  const { rows } = await tx.query<{ name: string }>(
    'SELECT c.relname AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass',
    [table],
  )
  const probed = rows.filter(({ name }) => plan.some((line) => line.includes(` ${name} `)))
  const partitions = rows.length === 0 ? null : { probed: probed.length, all: rows.length }
  return { alias, group: version.group, version: version.version, partitions, plan }
}
