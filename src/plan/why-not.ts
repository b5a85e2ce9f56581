/** What comes of the config's SQL; or why not, where some of it is broken: all else is told all the same. */
import { FstoreError } from '../errors.js'

export async function orWhyNot<T>(work: Promise<T>): Promise<T | string> {
  return work.catch((error: unknown) => {
    if (error instanceof FstoreError) return `${error.code}: ${error.message}`
    throw error
  })
}
