/** Rows that an application pushes, read against the version that is live. */
import { didYouMean } from '../config/did-you-mean.js'
import { type InstantLike, instantFrom } from '../config/instant.js'
import { type KeyTexts, keyTexts } from '../config/key.js'
import { type ErrorCode, FstoreError, type Problem } from '../errors.js'
import { featureOf, type ReadableVersion } from '../registry/catalog.js'
import { type Exact, exactValue } from './pushed-value.js'

/** A row to write: whom it is about, from when it holds (now when absent), and its values. */
export interface PushRow {
  /** An object with the entity's keys; for an entity of one key, also its bare value. */
  readonly key: unknown
  /** By name. A feature that is not given keeps the value it has; null takes it away. */
  readonly features: Readonly<Record<string, unknown>>
  /** As of when the values hold; when it is written, if absent. Text needs a time zone. */
  readonly eventTimestamp?: InstantLike | undefined
}

/** What a row gives: by place of the feature in its version, the value. */
export interface PushedRow {
  readonly key: KeyTexts
  readonly given: ReadonlyMap<number, Exact>
  /** A canonical instant. Absent: when it is written. */
  readonly at?: string
}

/** Is told what is wrong with a row, where in it, and in words that go on from the place. */
export type Complaint = (code: ErrorCode, place: string, message: string) => void

/**
 * Every row, or none.
 *
 * @throws FstoreError VALUE_INVALID, KEY_INVALID, TIMESTAMP_INVALID, NAME_UNKNOWN: the first mistake, and all of them
 * in `problems`
 */
export function readRows(version: ReadableVersion, rows: readonly PushRow[]): PushedRow[] {
  const problems: (Problem & { readonly code: ErrorCode })[] = []
  const read = rows.map((row, i) =>
    readRow(version, row, (code, place, message) => problems.push({ code, path: `rows[${i}].${place}`, message })),
  )
  const [first, ...others] = problems
  if (first === undefined) return read as PushedRow[]
  throw new FstoreError(first.code, `${first.path} ${first.message}.`, {
    why: 'Nothing of the call was written.',
    ...(others.length > 0 && { problems: problems.map(({ path, message }) => ({ path, message })) }),
  })
}

/** @returns undefined where something is wrong with it */
export function readRow(version: ReadableVersion, row: PushRow, complain: Complaint): PushedRow | undefined {
  let sound = true
  const wrong: Complaint = (...complaint) => {
    sound = false
    complain(...complaint)
  }
  const key = readKey(version, row.key, wrong)
  const at = row.eventTimestamp === undefined ? undefined : readInstant(row.eventTimestamp, wrong)
  const given = readFeatures(version, row.features, wrong)
  if (sound && given.size === 0) wrong('VALUE_INVALID', 'features', 'gives no value')
  return sound ? { key: key as KeyTexts, given, ...(at !== undefined && { at }) } : undefined
}

function readKey({ entity, keys }: ReadableVersion, key: unknown, wrong: Complaint): KeyTexts | undefined {
  const texts = attempt(() => keyTexts({ name: entity, keys }, key), 'key', wrong)
  if (texts?.some((text) => /\p{Surrogate}/u.test(text)) === true)
    wrong('KEY_INVALID', 'key', 'holds half of a surrogate pair, which is no text')
  return texts
}

function readInstant(instant: InstantLike, wrong: Complaint): string | undefined {
  if (typeof instant === 'string' || instant instanceof Date)
    return attempt(() => instantFrom(instant), 'eventTimestamp', wrong)
  wrong('TIMESTAMP_INVALID', 'eventTimestamp', 'is neither a Date nor text')
  return undefined
}

function readFeatures(version: ReadableVersion, features: PushRow['features'], wrong: Complaint): Map<number, Exact> {
  const given = new Map<number, Exact>()
  for (const [name, value] of Object.entries(features ?? {})) {
    if (value === undefined) continue
    const position = version.positions.get(name)
    const read = position === undefined ? undefined : exactValue(featureOf(version, name), value)
    if (read === undefined) wrong('NAME_UNKNOWN', `features.${name}`, unknownFeature(version, name))
    else if ('wrong' in read) wrong('VALUE_INVALID', `features.${name}`, read.wrong)
    else given.set(position as number, read.value)
  }
  return given
}

function unknownFeature({ group, positions }: ReadableVersion, name: string): string {
  return `is no feature of ${group} (${didYouMean(name, positions.keys()) || [...positions.keys()].join(', ')})`
}

function attempt<T>(read: () => T, place: string, wrong: Complaint): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FstoreError)) throw error
    wrong(error.code, place, `cannot be read: ${error.message.replace(/\.$/, '')}`)
    return undefined
  }
}
