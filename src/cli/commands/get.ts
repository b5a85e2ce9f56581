import type { Duration } from '../../config/duration.js'
import type { FeatureValue, Read } from '../../config/inference.js'
import { joinKeysOf } from '../../config/join-keys.js'
import type { EntitySpec } from '../../config/project.js'
import { findService } from '../../config/reference.js'
import { FstoreError } from '../../errors.js'
import type { AnyStore } from '../../store.js'
import { value, visible } from '../format.js'
import type { Globals } from '../globals.js'
import { ambiguous, fittingKeys, type NamedKeys, parseJoinKeys } from '../keys.js'
import { noteUnknownTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { colors, printJson, printResult, printWarning } from '../output.js'
import { parseRequest } from '../request-data.js'

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
}

export async function run(words: readonly string[], options: Options): Promise<number> {
  return withStore(options, async ({ store }) => {
    const { service } = options
    const { kind, of, keys, reads } =
      service === undefined
        ? await readEntities(store, words, options)
        : await readVectors(store, words, service, options)
    for (const { tier, why } of reads[0]?.metadata.skipped ?? []) printWarning(`${tier} was passed over: ${why}`)
    for (const [i, read] of reads.entries()) {
      const key = keys[i] as Record<string, string>
      if (options.json) printJson({ [kind]: of.name, keys: key, ...document(read) })
      else await print(store.tenant, of, key, read)
    }
    // Where nothing is found, Postgres was asked already.
    if (options.tier !== 'redis' && !reads.some(isFound)) await noteUnknownTenant(store)
    return 0
  })
}

/** Where bare keys could be those of several entities, they are the entity's of which there is something. */
async function readEntities(store: AnyStore, words: readonly string[], options: Options): Promise<Answer> {
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

async function readEntity(store: AnyStore, { entity, keys }: NamedKeys, options: Options): Promise<Answer> {
  const { features, tier, maxAge } = options
  const request = parseRequest(options.request)
  const reads = await store.getMany({ entity: entity.name, keys, features, tier, maxAge, request })
  return { kind: 'entity', of: entity, keys, reads }
}

/** An entity that cannot be read as asked is not the one that is meant. */
async function tryEntity(store: AnyStore, named: NamedKeys, options: Options): Promise<Answer | FstoreError> {
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
  { tier, maxAge, request: said }: Options,
): Promise<Answer> {
  const request = parseRequest(said)
  const of = { name: service, keys: joinKeysOf(store.project, findService(store.project, service)) }
  const keys = parseJoinKeys(of, words)
  return { kind: 'service', of, keys, reads: await store.getVectors({ service, keys, tier, maxAge, request }) }
}

function document({ features, latencyMs, metadata }: AnyRead) {
  const values = Object.entries(features).map(([name, { value, status, eventTimestampText, source }]) => [
    name,
    { value, status, eventTimestamp: eventTimestampText, source },
  ])
  return { features: Object.fromEntries(values), latencyMs, metadata }
}

async function print(tenant: string, entity: EntitySpec, keys: Record<string, string>, { features }: AnyRead) {
  // A program that reads JSON does not wait for it to load.
  const { table } = await import('../table.js')
  const c = colors(process.stdout)
  const key = visible(entity.keys.map(({ name }) => keys[name]).join(' '))
  const all = Object.entries(features)
  const names = entity.keys.map(({ name }) => name).join(', ')
  const whose = tenant === 'default' ? '' : ` of the tenant ${tenant}`
  if (all.every(([, { status }]) => status === 'NOT_FOUND'))
    printWarning(`nothing found for ${entity.name} "${key}"${whose} (its key: ${names})`)
  printResult(c.bold(`${entity.name} ${key}`))
  const rows = all.map(([name, feature]) => [name, shown(feature), feature.status, asOf(feature)])
  printResult(`${table(['feature', 'value', 'status', 'as of'], rows, [1])}`)
}

function shown(feature: FeatureValue<unknown>): string {
  return value(feature.value)
}

function asOf({ eventTimestampText, source }: FeatureValue<unknown>): string {
  return eventTimestampText === null ? '-' : `${eventTimestampText} from ${source}`
}
