/** A table that another cleanup has dropped meanwhile holds nothing. */
import { DatabaseError } from '../db/database.js'

/** @param nothing what it comes to where the table is gone */
export async function unlessGone<T>(work: Promise<T>, nothing: T): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof DatabaseError && error.code === '42P01') return nothing
    throw error
  })
}
