import { resolveFeature } from '../../config/reference.js'
import { FstoreError } from '../../errors.js'
import type { HistoryRow } from '../../offline/history.js'
import { value } from '../format.js'
import type { Globals } from '../globals.js'
import { parseKeys } from '../keys.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { colors, printJson, printNote, printResult, printWarning } from '../output.js'

interface Options extends Globals {
  readonly start?: string
  readonly end?: string
  readonly limit: string
  readonly all?: boolean
}

export async function run(feature: string, words: readonly string[], options: Options): Promise<number> {
  const limit = parseLimit(options.limit)
  return withStore(options, async ({ store }) => {
    const { start, end, all } = options
    const { name, group } = resolveFeature(store.project, feature)
    const { entity, keys } = parseKeys(store.project, words, group.entity.name)
    const [key, ...others] = keys as [Record<string, string>, ...Record<string, string>[]]
    if (others.length > 0)
      throw new FstoreError('USAGE', `${words.join(' ')} are ${keys.length} entities.`, { fix: 'Name one.' })
    // One more than is shown tells whether there are more.
    const found = await store.history({ feature: name, key, start, end, all, limit: limit + 1 })
    const rows = found.slice(0, limit)
    const isCut = found.length > limit
    if (options.json) printJson({ feature: name, entity: entity.name, keys: key, rows: rows.map(item), more: isCut })
    else await print(name, `${entity.name} ${entity.keys.map((one) => key[one.name]).join(' ')}`, rows, all ?? false)
    if (isCut) printNote(`There are older rows: --limit ${limit * 10} shows more.`)
    return 0
  })
}

function item({ value, eventTimestampText, createdAtText, supersededAtText }: HistoryRow) {
  return { value, eventTimestamp: eventTimestampText, createdAt: createdAtText, supersededAt: supersededAtText }
}

async function print(name: string, of: string, rows: readonly HistoryRow[], all: boolean): Promise<void> {
  if (rows.length === 0) return printWarning(`no history of ${name} found for ${of}`)
  const { table } = await import('../table.js')
  printResult(colors(process.stdout).bold(`${name} of ${of}`))
  const head = ['as of', 'value', 'written', ...(all ? ['superseded'] : [])]
  const lines = rows.map((row) => [
    row.eventTimestampText,
    value(row.value),
    row.createdAtText,
    ...(all ? [row.supersededAtText ?? '-'] : []),
  ])
  printResult(table(head, lines, [1]))
}
