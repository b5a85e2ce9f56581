/** The time that the rows of a table are of, and somebody they are of. */
import { type Database, DatabaseError, type Transaction } from '../../db/database.js'
import type { Proposal } from './proposal.js'

export interface Span {
  /** Days, in UTC. Absent where the table is empty. */
  readonly first?: string
  readonly last?: string
  readonly now: string
  /** Of the newest row, in the order of the key. */
  readonly key?: readonly string[]
  readonly tenant?: string
  /** It took too long to find out. */
  readonly isUnknown?: boolean
}

const patience = 15_000

interface Row {
  readonly first: string | null
  readonly last: string | null
  readonly now: string
}

/** @throws DatabaseError what the server said of a table that cannot be read, such as a broken view */
export async function readSpan(db: Database, { table, time, key, tenant }: Proposal): Promise<Span> {
  const session = { role: 'owner', readOnly: true, statementTimeout: patience } as const
  const day = (at: string) => `(${at})::date::text`
  try {
    return await db.transaction(session, async (tx) => {
      const { rows } = await tx.query<Row>(
        `SELECT ${day(`min(${time.sql})`)} AS first, ${day(`max(${time.sql})`)} AS last, ${day('now()')} AS now
         FROM ${table.sql} WHERE ${sane(time)}`,
      )
      const { first, last, now } = rows[0] as Row
      if (first === null || last === null) return { now }
      return { first, last, now, ...(await newest(tx, { table, time, key, ...(tenant && { tenant }) })) }
    })
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '57014') throw error
    return { now: new Date().toISOString().slice(0, 10), isUnknown: true }
  }
}

/** No window could be of the rest: the infinities, and years that somebody mistyped. */
function sane({ sql }: Proposal['time']): string {
  return `${sql} >= '1900-01-01' AND ${sql} < '2200-01-01'`
}

/** Of a day that is over, where there is one: today's rows are in no window yet. */
async function newest(tx: Transaction, { table, time, key, tenant }: Omit<Proposal, 'values'>) {
  const columns = [...key, ...(tenant ? [tenant] : [])]
  for (const until of [`${time.sql} < date_trunc('day', now())`, 'true']) {
    const { rows } = await tx.query<{ values: string[] }>(
      `SELECT ARRAY[${columns.map(({ sql }) => `${sql}::text`).join(', ')}] AS values FROM ${table.sql}
       WHERE ${[sane(time), until, ...columns.map(({ sql }) => `${sql} IS NOT NULL`)].join(' AND ')}
       ORDER BY ${time.sql} DESC LIMIT 1`,
    )
    const values = rows[0]?.values
    if (values === undefined) continue
    const tenantOf = tenant && values[key.length]
    return { key: values.slice(0, key.length), ...(tenantOf !== undefined && { tenant: tenantOf }) }
  }
  return {}
}
