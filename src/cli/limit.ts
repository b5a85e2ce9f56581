import { FstoreError } from '../errors.js'

/** `--limit`. @throws FstoreError USAGE */
export function parseLimit(text: string): number {
  const limit = Number(text)
  if (Number.isSafeInteger(limit) && limit > 0) return limit
  throw new FstoreError('USAGE', `--limit ${text} is not a number of rows.`, {
    fix: 'Write a whole number, 1 or more.',
  })
}
