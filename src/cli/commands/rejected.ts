import { digits } from '../../config/digits.js'
import type { Project } from '../../config/project.js'
import { FstoreError } from '../../errors.js'
import type { RejectedRow, RejectedRows } from '../../offline/rejected-rows.js'
import type { ReplayResult } from '../../plan/replay.js'
import { followBuild, summary } from '../build-run.js'
import { count, instant, value } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { printAside, printJson, printNote } from '../output.js'
import { type Column, drawn, printTable } from '../table.js'

interface Options extends Globals {
  readonly limit: string
  readonly replay?: boolean
}

export async function run(group: string | undefined, options: Options): Promise<number> {
  const { replay, json = false } = options
  const limit = parseLimit(options.limit)
  if (replay && group === undefined)
    throw new FstoreError('USAGE', '--replay needs a group.', { fix: 'Write `fstore rejected GROUP --replay`.' })
  return withStore(options, async ({ loaded, store }) => {
    if (replay && group !== undefined)
      return followBuild({
        start: (signal) => store.replayRejected({ group, signal }),
        project: loaded,
        json,
        restarts: true,
        close: replayed,
      })
    const rejected = await store.rejected({ group, limit })
    if (json) printJson({ group: group ?? null, ...rejected })
    else print(rejected, group, store.project)
    return 0
  })
}

function replayed(result: ReplayResult, tenant?: string): string {
  const { group, before, after } = result
  if (before === 0) return `No row of ${group} is rejected.`
  const left =
    after === 0 ? 'no row is rejected any more' : `${count(after, 'row')} of ${digits(before)} still rejected`
  return `${summary(result, tenant)} ${group}: ${left}.`
}

/** An event that a group rejected counts as applied. */
const mended = 'After a fix: raise the version of the group, build, and ingest the events again.'

function print({ total, windows, reasons, rows }: RejectedRows, group: string | undefined, project: Project): void {
  if (total === 0) {
    printNote(group === undefined ? 'No row is rejected.' : `No row of ${group} is rejected.`)
    return
  }
  const isOfEvents = rows.some((one) => project.groups.find(({ name }) => name === one.group)?.events !== undefined)
  const hasWindows = rows.some(({ windowStart, windowEnd }) => windowStart !== windowEnd)
  printAside(`${count(total, 'row')} rejected${hasWindows ? ` in ${count(windows, 'window')}` : ''}`)
  printAside(drawn(reasonColumns, reasons))
  printAside('')
  // Where all rows have one reason it has been said.
  printTable({ columns: reasons.length > 1 ? columns : columns.filter(({ head }) => head !== 'breaks'), rows, fields })
  if (total > rows.length) printNote(`There are ${count(total - rows.length, 'more row')}: --limit shows more.`)
  if (hasWindows) printNote(`After a fix: fstore rejected ${group ?? 'GROUP'} --replay`)
  else printNote(isOfEvents ? mended : 'After a fix: push these rows again.')
}

const reasonColumns: readonly Column<RejectedRows['reasons'][number]>[] = [
  { head: 'rows', cell: ({ rows }) => `×${digits(rows)}`, right: true },
  { head: 'group', cell: ({ group }) => group, cut: true },
  { head: 'reason', cell: ({ reason }) => `${glyph.bad} ${reason}`, cut: true },
]

const columns: readonly Column<RejectedRow>[] = [
  {
    head: 'window',
    // A pushed row has an instant, and no window.
    cell: ({ windowStart: start, windowEnd: end }) =>
      start === end ? instant(end) : `${instant(start)} to ${instant(end)}`,
    short: ({ windowEnd }) => instant(windowEnd),
  },
  { head: 'group', cell: ({ group, version }) => `${group} v${version}`, cut: true, drop: 1 },
  { head: 'breaks', cell: ({ reasons }) => reasons.join('; '), cut: true },
  { head: 'row', cell: ({ content }) => cells(content), cut: true },
]

function cells(content: RejectedRow['content']): string {
  return Object.entries(content)
    .map(([name, cell]) => `${name}=${value(cell)}`)
    .join(' ')
}

const fields = {
  window_start: ({ windowStart }: RejectedRow) => windowStart,
  window_end: ({ windowEnd }: RejectedRow) => windowEnd,
  group: ({ group }: RejectedRow) => group,
  version: ({ version }: RejectedRow) => version,
  reasons: ({ reasons }: RejectedRow) => reasons.join('; '),
  row: ({ content }: RejectedRow) => content,
}
