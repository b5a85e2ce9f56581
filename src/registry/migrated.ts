/** A registry that is not there is said to be so, instead of what the database says of its missing tables. */
import { DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'

/** No table, no schema, no role, or no right to take it. */
const missing = ['42P01', '3F000', '42704', '22023']

/** @throws FstoreError NOT_MIGRATED */
export async function whereMigrated<T>(schema: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof DatabaseError) || !missing.includes(error.code)) throw error
    throw new FstoreError('NOT_MIGRATED', `There is no feature store in the schema "${schema}" yet.`, {
      why: `The database said: ${error.message}.`,
      fix: 'Run `fstore build`, or `fstore migrate` alone.',
    })
  })
}

/** Before the first build there is nothing, which is no error where one only looks. */
export async function orNothing<T, N>(work: Promise<T>, nothing: N): Promise<T | N> {
  return work.catch((error: unknown) => {
    if (error instanceof FstoreError && error.code === 'NOT_MIGRATED') return nothing
    throw error
  })
}
