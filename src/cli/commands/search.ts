import { text } from 'node:stream/consumers'
import { resolveFeature } from '../../config/reference.js'
import { FstoreError } from '../../errors.js'
import type { SimilarEntity } from '../../online/search.js'
import type { AnyStore } from '../../store.js'
import { ago, since } from '../ago.js'
import { value } from '../format.js'
import type { Globals } from '../globals.js'
import { inputFile } from '../input-file.js'
import { parseKeys } from '../keys.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { printJson, printWarning } from '../output.js'
import type { Column } from '../table.js'

interface Options extends Globals {
  readonly key?: readonly string[]
  readonly vector?: string
  readonly vectorFile?: string
  readonly limit: string
  readonly threshold?: string
  readonly exact?: boolean
  readonly features?: readonly string[]
}

export async function run(feature: string, options: Options): Promise<number> {
  const limit = parseLimit(options.limit)
  const threshold = parseThreshold(options.threshold)
  const vector = await vectorOf(options)
  return withStore(options, async ({ store }) => {
    const { name, group } = resolveFeature(store.project, feature)
    const key = options.key && keyOf(store, options.key, group.entity.name)
    const { exact, features } = options
    const rows = await store.searchSimilar({ feature: name, key, vector, limit, threshold, exact, features })
    if (options.json) printJson({ feature: name, entity: group.entity.name, rows: rows.map(item) })
    else await print(name, rows, features ?? [])
    return 0
  })
}

function keyOf(store: AnyStore, words: readonly string[], entity: string): Record<string, string> {
  const { keys } = parseKeys(store.project, words, entity)
  const [key, ...others] = keys as [Record<string, string>, ...Record<string, string>[]]
  if (others.length === 0) return key
  throw new FstoreError('USAGE', `${words.join(' ')} are ${keys.length} entities.`, { fix: 'Name one.' })
}

function parseThreshold(given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const threshold = given.trim() === '' ? Number.NaN : Number(given)
  if (!Number.isNaN(threshold)) return threshold
  throw new FstoreError('USAGE', `--threshold ${given} is not a number.`, { fix: 'Write one, such as 0.7.' })
}

async function vectorOf({ key, vector, vectorFile }: Options): Promise<number[] | undefined> {
  if (vectorFile !== undefined) return parseVector(await readVector(vectorFile), vectorFile)
  if (vector !== undefined) return parseVector(vector, '--vector')
  if (key !== undefined) return undefined
  throw new FstoreError('USAGE', 'Nothing was given to find the like of.', {
    fix: "Give --key KEY, --vector '[…]' or --vector-file FILE.",
  })
}

function readVector(file: string): Promise<string> {
  return text(file === '-' ? process.stdin : inputFile(file))
}

function parseVector(json: string, from: string): number[] {
  try {
    const vector: unknown = JSON.parse(json)
    if (Array.isArray(vector)) return vector
  } catch {
    // Told like any other text that is no list.
  }
  throw new FstoreError('USAGE', `${from} is no vector.`, { fix: 'Write numbers as JSON: [0.1,-0.2,0.3].' })
}

function item({ key, similarity, eventTimestampText, values }: SimilarEntity) {
  return { key, similarity, eventTimestamp: eventTimestampText, values }
}

async function print(name: string, rows: readonly SimilarEntity[], features: readonly string[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return printWarning(`nothing found that is similar by ${name}`)
  const { printTable } = await import('../table.js')
  const keys = Object.keys(first.key)
  const shown = features.length === 0 ? [] : Object.keys(first.values)
  const columns: readonly Column<SimilarEntity>[] = [
    ...keys.map((name) => ({ head: name, cell: ({ key }: SimilarEntity) => String(key[name]), cut: true })),
    { head: 'similarity', cell: ({ similarity }) => similarity.toFixed(4), right: true },
    ...shown.map((name) => ({ head: name, cell: ({ values }: SimilarEntity) => value(values[name]), cut: true })),
    {
      head: 'as of',
      cell: ({ eventTimestampText }) => ago(eventTimestampText),
      short: ({ eventTimestampText }) => since(eventTimestampText),
      drop: 1,
    },
  ]
  const fields = Object.fromEntries<(row: SimilarEntity) => unknown>([
    ...keys.map((name) => [name, ({ key }: SimilarEntity) => key[name]] as const),
    ['similarity', ({ similarity }) => similarity],
    ...shown.map((name) => [name, ({ values }: SimilarEntity) => values[name]] as const),
    ['event_timestamp', ({ eventTimestampText }) => eventTimestampText],
  ])
  printTable({ columns, rows, fields })
}
