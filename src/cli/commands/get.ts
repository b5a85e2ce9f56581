import type { FeatureValue, Read } from '../../config/inference.js'
import type { EntitySpec } from '../../config/project.js'
import { value } from '../format.js'
import { parseKeys } from '../keys.js'
import { withStore } from '../open.js'
import { colors, printJson, printResult, printWarning } from '../output.js'
import type { Globals } from '../program.js'
import { table } from '../table.js'

interface Options extends Globals {
  readonly entity?: string
  readonly features?: readonly string[]
}

type AnyRead = Read<Record<string, unknown>>

export async function run(words: readonly string[], options: Options): Promise<number> {
  return withStore(options, async ({ loaded, store }) => {
    const { entity, keys } = parseKeys(loaded.project, words, options.entity)
    const reads = await store.getMany({ entity: entity.name, keys, features: options.features })
    for (const [i, read] of reads.entries()) {
      if (options.json) printJson(document(entity, keys[i] as Record<string, string>, read))
      else print(entity, keys[i] as Record<string, string>, read)
    }
    return 0
  })
}

function document(entity: EntitySpec, keys: Record<string, string>, { features, latencyMs }: AnyRead) {
  const values = Object.entries(features).map(([name, { value, status, eventTimestampText, source }]) => [
    name,
    { value, status, eventTimestamp: eventTimestampText, source },
  ])
  return { entity: entity.name, keys, features: Object.fromEntries(values), latencyMs }
}

function print(entity: EntitySpec, keys: Record<string, string>, { features, latencyMs }: AnyRead): void {
  const c = colors(process.stdout)
  const key = Object.values(keys).join(' ')
  const all = Object.entries(features)
  if (all.every(([, { status }]) => status === 'NOT_FOUND')) printWarning(`no features of ${entity.name} ${key} found`)
  printResult(`${c.bold(`${entity.name} ${key}`)} ${c.dim(`(${latencyMs.toFixed(1)} ms)`)}`)
  const rows = all.map(([name, feature]) => [name, shown(feature), feature.status, asOf(feature)])
  printResult(`${table(['feature', 'value', 'status', 'as of'], rows, [1])}`)
}

function shown(feature: FeatureValue<unknown>): string {
  return value(feature.value)
}

function asOf({ eventTimestampText, source }: FeatureValue<unknown>): string {
  return eventTimestampText === null ? '-' : `${eventTimestampText} from ${source}`
}
