import { resolveFeature } from '../../config/reference.js'
import { FstoreError } from '../../errors.js'
import type { HistoryRow } from '../../offline/history.js'
import { ago, since } from '../ago.js'
import { instant, value } from '../format.js'
import type { Globals } from '../globals.js'
import { parseKeys } from '../keys.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { colors, printAside, printJson, printNote, printWarning } from '../output.js'
import type { Column } from '../table.js'

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
  const { printTable } = await import('../table.js')
  printAside(colors(process.stdout).bold(`${name} of ${of}`))
  printTable({ columns: all ? columns : columns.slice(0, 3), rows, fields })
}

const columns: readonly Column<HistoryRow>[] = [
  { head: 'as of', cell: (row) => instant(row.eventTimestampText) },
  { head: 'value', cell: (row) => value(row.value), right: true, cut: true },
  { head: 'written', cell: (row) => ago(row.createdAtText), short: (row) => since(row.createdAtText), drop: 1 },
  {
    head: 'superseded',
    cell: (row) => ago(row.supersededAtText),
    short: (row) => since(row.supersededAtText),
  },
]

const fields = {
  event_timestamp: (row: HistoryRow) => row.eventTimestampText,
  value: (row: HistoryRow) => row.value,
  created_at: (row: HistoryRow) => row.createdAtText,
  superseded_at: (row: HistoryRow) => row.supersededAtText,
}
