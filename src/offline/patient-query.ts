/** Questions that are given up where they take too long: what is only glanced at is worth no wait. */
import { type Database, DatabaseError, type Row } from '../db/database.js'

export interface PatientQuery {
  readonly db: Database
  readonly tenant: string
  /** Of which `$1` is the tenant. */
  readonly sql: string
  /** Milliseconds. */
  readonly patience: number
}

/** @returns undefined where it took too long, or a table of it was cleaned up since */
export async function askPatiently<R extends Row>(query: PatientQuery): Promise<R[] | undefined> {
  const { db, tenant, sql, patience } = query
  const session = { role: 'app', tenant, readOnly: true, statementTimeout: patience } as const
  try {
    return (await db.query<R>(session, sql, [tenant])).rows
  } catch (error) {
    if (error instanceof DatabaseError && ['57014', '42P01'].includes(error.code)) return undefined
    throw error
  }
}
