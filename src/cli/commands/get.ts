import type { Duration } from '../../config/duration.js'
import type { FeatureValue, Read } from '../../config/inference.js'
import { joinKeysOf } from '../../config/join-keys.js'
import type { EntitySpec } from '../../config/project.js'
import { findService } from '../../config/reference.js'
import { exit, FstoreError } from '../../errors.js'
import type { AnyStore } from '../../store.js'
import { ago, since } from '../ago.js'
import { value, visible } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { ambiguous, fittingKeys, type NamedKeys, parseJoinKeys } from '../keys.js'
import { noteUnknownTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { colors, printError, printJson, printNote, printResult, printWarning } from '../output.js'
import { readEntities } from '../read-entity.js'
import { apart, lacking, optionsFor, parseRequest, type RequestData } from '../request-data.js'
import { isScreen } from '../screen.js'
import type { Column } from '../table.js'

interface Options extends Globals {
  readonly entity?: string
  readonly service?: string
  readonly features?: readonly string[]
  readonly tier?: 'redis' | 'latest'
  readonly maxAge?: Duration
  readonly request?: readonly string[]
}

type AnyRead = Read<Record<string, unknown>>

/** An entity, or a service with its join keys, and what was read of it. */
interface Answer {
  readonly kind: 'entity' | 'service'
  readonly of: EntitySpec
  readonly keys: readonly Record<string, string>[]
  readonly reads: readonly AnyRead[]
  /** What could not be computed. */
  readonly errors: readonly FstoreError[]
}

/** What was asked, its request data apart from the keys. */
interface Asked extends Omit<Options, 'request'> {
  readonly data?: RequestData | undefined
}

export async function run(words: readonly string[], options: Options): Promise<number> {
  return withStore(options, async ({ store }) => {
    const { service } = options
    const { keys: named, request } = apart(store.project, words, options.request)
    const asked: Asked = { ...options, data: parseRequest(store.project, request) }
    const answer = service === undefined ? findEntities(store, named, asked) : readVectors(store, named, service, asked)
    const { kind, of, keys, reads, errors } = await answer.catch((error: unknown) => Promise.reject(asOption(error)))
    for (const { tier, why } of reads[0]?.metadata.skipped ?? []) printWarning(`${tier} was passed over: ${why}`)
    const entities = reads.map((read, i) => ({ keys: keys[i] as Record<string, string>, read }))
    if (options.json) {
      const failed = errors.length > 0 && { errors }
      for (const { keys, read } of entities) printJson({ [kind]: of.name, keys, ...document(read), ...failed })
    } else {
      await print(store.tenant, of, entities)
      if (kind === 'entity' && options.features === undefined) noteLacking(store, of, asked.data)
      for (const error of errors) printError(error)
    }
    // Where nothing is found, Postgres was asked already.
    if (options.tier !== 'redis' && !reads.some(isFound)) await noteUnknownTenant(store)
    return errors.length > 0 ? exit.failed : exit.done
  })
}

/** Of all features those are left out that cannot be computed without request data. */
function noteLacking({ project }: AnyStore, { name }: EntitySpec, data: RequestData | undefined): void {
  const own = project.onDemand.filter(({ entity }) => entity.name === name)
  for (const { name: group, request } of lacking(own, data))
    printNote(`${group} is computed with request data: add ${optionsFor(request.map((field) => field.name))}`)
}

/** What the library says of its `request`, as it is said on a command line. */
function asOption(error: unknown): unknown {
  if (!(error instanceof FstoreError) || error.code !== 'REQUEST_INVALID') return error
  const names = [...(error.fix ?? '').matchAll(/([^\s,{]+): …/g)].map(([, name]) => name as string)
  if (names.length === 0) return error
  const { message, why } = error
  return new FstoreError('REQUEST_INVALID', message, { why, fix: `Add ${optionsFor(names)}.` })
}

/** Where bare keys could be those of several entities, they are the entity's of which there is something. */
async function findEntities(store: AnyStore, words: readonly string[], options: Asked): Promise<Answer> {
  const fitting = fittingKeys(store.project, words, options.entity)
  const [only, ...others] = fitting
  if (others.length === 0) return readEntity(store, only, options)
  const tried = await Promise.all(fitting.map((named) => tryEntity(store, named, options)))
  const answers = tried.filter((one): one is Answer => !(one instanceof FstoreError))
  const found = answers.length === 1 ? answers : answers.filter(({ reads }) => reads.some(isFound))
  const [answer, ...more] = found
  if (answer !== undefined && more.length === 0) return answer
  if (answers.length === 0)
    for (const one of tried) if (one instanceof FstoreError && one.code === 'NOT_BUILT') throw one
  const unknown = tried.filter((one): one is FstoreError => one instanceof FstoreError && one.code === 'NAME_UNKNOWN')
  if (unknown.length === tried.length)
    throw unknown.find(({ fix }) => fix?.startsWith('Did you mean')) ?? (unknown[0] as FstoreError)
  throw ambiguous(found.length > 0 ? found.map(({ of, keys }) => ({ entity: of, keys })) : fitting, words)
}

async function readEntity(store: AnyStore, { entity, keys }: NamedKeys, options: Asked): Promise<Answer> {
  const { features, tier, maxAge, data: request } = options
  const found = await readEntities(store, { entity: entity.name, keys, features, tier, maxAge, request })
  return { kind: 'entity', of: entity, keys, ...found }
}

/** An entity that cannot be read as asked is not the one that is meant. */
async function tryEntity(store: AnyStore, named: NamedKeys, options: Asked): Promise<Answer | FstoreError> {
  try {
    return await readEntity(store, named, options)
  } catch (error) {
    if (error instanceof FstoreError && ['NAME_UNKNOWN', 'KEY_INVALID', 'NOT_BUILT'].includes(error.code)) return error
    throw error
  }
}

/** What is computed has a status for any key. */
function isFound({ features }: AnyRead): boolean {
  return Object.values(features).some(
    ({ status, source }) => status === 'PRESENT' || (status !== 'NOT_FOUND' && source !== 'on_demand'),
  )
}

async function readVectors(
  store: AnyStore,
  words: readonly string[],
  service: string,
  { tier, maxAge, data: request }: Asked,
): Promise<Answer> {
  const of = { name: service, keys: joinKeysOf(store.project, findService(store.project, service)) }
  const keys = parseJoinKeys(of, words)
  const reads = await store.getVectors({ service, keys, tier, maxAge, request })
  return { kind: 'service', of, keys, reads, errors: [] }
}

function document({ features, latencyMs, metadata }: AnyRead) {
  const values = Object.entries(features).map(([name, { value, status, eventTimestampText, source }]) => [
    name,
    { value, status, eventTimestamp: eventTimestampText, source },
  ])
  return { features: Object.fromEntries(values), latencyMs, metadata }
}

interface EntityRead {
  readonly keys: Readonly<Record<string, string>>
  readonly read: AnyRead
}

async function print(tenant: string, of: EntitySpec, entities: readonly EntityRead[]): Promise<void> {
  for (const { keys, read } of entities) if (isNothing(read)) printWarning(nothingFound(tenant, of, keys))
  // A program that reads JSON does not wait for it to load.
  const { printTable } = await import('../table.js')
  if (!isScreen()) return printTable({ columns: [], rows: entities.flatMap(linesOf), fields: fieldsOf(of) })
  const c = colors(process.stdout)
  for (const entity of entities) {
    printResult(c.bold(`${of.name} ${keyOf(of, entity.keys)}`))
    printTable({ columns, rows: linesOf(entity) })
  }
}

function keyOf({ keys: names }: EntitySpec, keys: EntityRead['keys']): string {
  return visible(names.map(({ name }) => keys[name]).join(' '))
}

function isNothing({ features }: AnyRead): boolean {
  return Object.values(features).every(({ status }) => status === 'NOT_FOUND')
}

function nothingFound(tenant: string, of: EntitySpec, keys: EntityRead['keys']): string {
  return `nothing found for ${of.name} "${keyOf(of, keys)}" of the tenant ${visible(tenant)} (its key: ${of.keys.map(({ name }) => name).join(', ')})`
}

type Line = FeatureValue<unknown> & { readonly name: string; readonly keys: EntityRead['keys'] }

function linesOf({ keys, read }: EntityRead): Line[] {
  return Object.entries(read.features).map(([name, feature]) => ({ ...feature, name, keys }))
}

const signs = { PRESENT: glyph.good, NULL_VALUE: glyph.none, NOT_FOUND: glyph.bad, EXPIRED: glyph.odd } as const

const columns: readonly Column<Line>[] = [
  { head: 'feature', cell: ({ name }) => name, cut: true },
  { head: 'value', cell: (line) => value(line.value), right: true, cut: true },
  { head: 'status', cell: ({ status }) => `${signs[status]} ${status}` },
  {
    head: 'as of',
    cell: ({ eventTimestampText }) => ago(eventTimestampText),
    short: ({ eventTimestampText }) => since(eventTimestampText),
  },
  { head: 'from', cell: ({ source }) => source ?? '-', drop: 1 },
]

function fieldsOf({ keys }: EntitySpec) {
  return {
    ...Object.fromEntries(keys.map(({ name }) => [name, (line: Line) => line.keys[name]])),
    feature: ({ name }: Line) => name,
    value: ({ value }: Line) => value,
    status: ({ status }: Line) => status,
    event_timestamp: ({ eventTimestampText }: Line) => eventTimestampText,
    source: ({ source }: Line) => source,
  }
}
