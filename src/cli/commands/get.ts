import type { Duration } from '../../config/duration.js'
import type { FeatureValue, Read } from '../../config/inference.js'
import { joinKeysOf } from '../../config/join-keys.js'
import type { EntitySpec } from '../../config/project.js'
import { findService } from '../../config/reference.js'
import type { AnyStore } from '../../store.js'
import { value } from '../format.js'
import type { Globals } from '../globals.js'
import { parseJoinKeys, parseKeys } from '../keys.js'
import { withStore } from '../open.js'
import { colors, printJson, printResult, printWarning } from '../output.js'

interface Options extends Globals {
  readonly entity?: string
  readonly service?: string
  readonly features?: readonly string[]
  readonly tier?: 'memory' | 'redis' | 'latest'
  readonly maxAge?: Duration
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
      else await print(of, key, read)
    }
    return 0
  })
}

async function readEntities(store: AnyStore, words: readonly string[], options: Options): Promise<Answer> {
  const { entity, keys } = parseKeys(store.project, words, options.entity)
  const { features, tier, maxAge } = options
  const reads = await store.getMany({ entity: entity.name, keys, features, tier, maxAge })
  return { kind: 'entity', of: entity, keys, reads }
}

async function readVectors(
  store: AnyStore,
  words: readonly string[],
  service: string,
  { tier, maxAge }: Options,
): Promise<Answer> {
  const of = { name: service, keys: joinKeysOf(store.project, findService(store.project, service)) }
  const keys = parseJoinKeys(of, words)
  return { kind: 'service', of, keys, reads: await store.getVectors({ service, keys, tier, maxAge }) }
}

function document({ features, latencyMs, metadata }: AnyRead) {
  const values = Object.entries(features).map(([name, { value, status, eventTimestampText, source }]) => [
    name,
    { value, status, eventTimestamp: eventTimestampText, source },
  ])
  return { features: Object.fromEntries(values), latencyMs, metadata }
}

async function print(entity: EntitySpec, keys: Record<string, string>, { features }: AnyRead) {
  // A program that reads JSON does not wait for it to load.
  const { table } = await import('../table.js')
  const c = colors(process.stdout)
  const key = entity.keys.map(({ name }) => keys[name]).join(' ')
  const all = Object.entries(features)
  const names = entity.keys.map(({ name }) => name).join(', ')
  if (all.every(([, { status }]) => status === 'NOT_FOUND'))
    printWarning(`nothing found for ${entity.name} "${key}" (its key: ${names})`)
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
