/** Request data on a command line: `name=value` for each, or all of it as JSON. */
import { didYouMean } from '../config/did-you-mean.js'
import type { OnDemandSpec, Project } from '../config/project.js'
import { entitiesOf } from '../config/reference.js'
import { FstoreError } from '../errors.js'

export type RequestData = Readonly<Record<string, unknown>>

/** @throws FstoreError USAGE, NAME_UNKNOWN */
export function parseRequest(project: Project, words: readonly string[] | undefined): RequestData | undefined {
  if (words === undefined) return undefined
  const data: RequestData = Object.assign({}, ...words.map(parseOne))
  const known = fieldsOf(project)
  const unknown = Object.keys(data).find((name) => !known.includes(name))
  if (unknown === undefined) return data
  throw new FstoreError('NAME_UNKNOWN', `No on-demand group takes the request data "${unknown}".`, {
    fix: didYouMean(unknown, known) || (known.length > 0 ? `There is: ${known.join(', ')}.` : 'Leave --request out.'),
  })
}

/**
 * Beside `--request a=1` a word such as `b=2` is request data, too, where no entity has a key of that name.
 *
 * @returns the words that are keys, and the request data
 */
export function apart(project: Project, words: readonly string[], request: readonly string[] | undefined) {
  if (request === undefined) return { keys: words, request }
  const keys = new Set(entitiesOf(project).flatMap((entity) => entity.keys.map(({ name }) => name)))
  const fields = fieldsOf(project)
  const isData = (word: string) => {
    const name = word.slice(0, Math.max(0, word.indexOf('=')))
    return fields.includes(name) && !keys.has(name)
  }
  return { keys: words.filter((word) => !isData(word)), request: [...request, ...words.filter(isData)] }
}

/** Groups that cannot be computed for want of it. */
export function lacking(groups: readonly OnDemandSpec[], given: RequestData = {}): OnDemandSpec[] {
  return groups.filter(({ request }) => request.some(({ name }) => given[name] === undefined))
}

export function optionsFor(fields: readonly string[]): string {
  return fields.map((name) => `--request ${name}=…`).join(' ')
}

function fieldsOf({ onDemand }: Project): string[] {
  return onDemand.flatMap(({ request }) => request.map(({ name }) => name))
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
