import type { Preview } from '../../offline/preview.js'
import { count, instant, value } from '../format.js'
import type { Globals } from '../globals.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { printAside, printJson, printWarning } from '../output.js'
import { printTable } from '../table.js'

interface Options extends Globals {
  readonly at?: string
  readonly limit: string
}

export async function run(group: string, options: Options): Promise<number> {
  const limit = parseLimit(options.limit)
  return withStore(options, async ({ store }) => {
    const preview = await store.preview({ group, at: options.at, limit })
    if (options.json) printJson({ ...preview })
    else print(preview)
    return 0
  })
}

export function print(preview: Preview): void {
  const { group, start, end, columns, rows, total, rejected } = preview
  const broken = rejected === 0 ? '' : `, ${count(rejected, 'row')} breaking rules`
  printAside(`${group}, window ${instant(start)} to ${instant(end)}: ${count(total, 'row')}${broken}`)
  for (const column of preview.unusedColumns) printWarning(`the column "${column}" is not declared in the config`)
  if (rows.length === 0) return
  const reasons = rows.some((row) => row.reasons !== null)
  type Row = Preview['rows'][number]
  printTable({
    columns: [
      ...columns.map((name) => ({
        head: name,
        cell: (row: Row) => value(row.values[name]),
        right: rows.some((row) => typeof row.values[name] === 'number'),
        cut: true,
      })),
      ...(reasons ? [{ head: 'breaks', cell: (row: Row) => row.reasons?.join('; ') ?? '', cut: true }] : []),
    ],
    rows,
    fields: Object.fromEntries([
      ...columns.map((name) => [name, (row: Row) => row.values[name]] as const),
      ...(reasons ? [['breaks', (row: Row) => row.reasons?.join('; ')] as const] : []),
    ]),
  })
  if (total > rows.length) printAside(`… and ${count(total - rows.length, 'more row')}`)
}
