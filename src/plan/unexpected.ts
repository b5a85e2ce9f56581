import { FstoreError } from '../errors.js'

/** What is no error of ours is told as one all the same: a service that runs for months must not end by it. */
export function asFstoreError(error: unknown): FstoreError {
  if (error instanceof FstoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new FstoreError('INTERNAL', `fstore ran into a bug: ${message}`, { cause: error })
}
