import type { Preview } from '../../offline/preview.js'
import { count, instant, value } from '../format.js'
import type { Globals } from '../globals.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { printJson, printResult, printWarning } from '../output.js'
import { table } from '../table.js'

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
  printResult(`${group}, window ${instant(start)} to ${instant(end)}: ${count(total, 'row')}${broken}`)
  for (const column of preview.unusedColumns) printWarning(`the column "${column}" is not declared in the config`)
  if (rows.length === 0) return
  const reasons = rows.some((row) => row.reasons !== null)
  const head = reasons ? [...columns, 'breaks'] : [...columns]
  const lines = rows.map((row) => [
    ...columns.map((column) => value(row.values[column])),
    ...(reasons ? [row.reasons?.join('; ') ?? ''] : []),
  ])
  const numeric = columns.flatMap((column, i) =>
    rows.some((row) => typeof row.values[column] === 'number') ? [i] : [],
  )
  printResult(table(head, lines, numeric))
  if (total > rows.length) printResult(`… and ${count(total - rows.length, 'more row')}`)
}
