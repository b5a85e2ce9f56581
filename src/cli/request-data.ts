/** Request data on a command line: `name=value` for each, or all of it as JSON. */
import { FstoreError } from '../errors.js'

/** @throws FstoreError USAGE */
export function parseRequest(words: readonly string[] | undefined): Record<string, unknown> | undefined {
  if (words === undefined) return undefined
  return Object.assign({}, ...words.map(parseOne))
}

function parseOne(word: string): Record<string, unknown> {
  if (word.trimStart().startsWith('{')) return parseJson(word)
  const at = word.indexOf('=')
  if (at > 0) return { [word.slice(0, at)]: word.slice(at + 1) }
  throw invalid(word)
}

function parseJson(word: string): Record<string, unknown> {
  try {
    return JSON.parse(word) as Record<string, unknown>
  } catch {
    throw invalid(word)
  }
}

function invalid(word: string): FstoreError {
  return new FstoreError('USAGE', `"${word}" is no request data.`, {
    fix: `Write --request scheduled_at=2001-03-01T08:00Z, or --request '{"scheduled_at":"2001-03-01T08:00Z"}'.`,
  })
}
