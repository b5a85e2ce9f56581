import type { Project } from '../../config/project.js'
import { FstoreError } from '../../errors.js'
import type { RejectedRow, RejectedRows } from '../../offline/rejected-rows.js'
import type { ReplayResult } from '../../plan/replay.js'
import { followBuild, summary } from '../build-run.js'
import { count, instant, value } from '../format.js'
import type { Globals } from '../globals.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { printJson, printNote, printResult } from '../output.js'
import { table } from '../table.js'

interface Options extends Globals {
  readonly limit: string
  readonly replay?: boolean
}

export async function run(group: string | undefined, options: Options): Promise<number> {
  const { replay, json = false } = options
  const limit = parseLimit(options.limit)
  if (replay && group === undefined)
    throw new FstoreError('USAGE', '--replay needs a group.', { fix: 'Write `fstore rejected GROUP --replay`.' })
  return withStore(options, async ({ store }) => {
    if (replay && group !== undefined)
      return followBuild((signal) => store.replayRejected({ group, signal }), json, replayed)
    const rejected = await store.rejected({ group, limit })
    if (json) printJson({ group: group ?? null, ...rejected })
    else print(rejected, group, store.project)
    return 0
  })
}

function replayed(result: ReplayResult): string {
  const { group, before, after } = result
  if (before === 0) return `No row of ${group} is rejected.`
  const left =
    after === 0
      ? 'no row is rejected any more'
      : `${count(after, 'row')} of ${before.toLocaleString('en-US')} still rejected`
  return `${summary(result)} ${group}: ${left}.`
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
  printResult(`${count(total, 'row')} rejected${hasWindows ? ` in ${count(windows, 'window')}` : ''}`)
  printResult(
    table(
      ['rows', 'group', 'reason'],
      reasons.map((one) => [one.rows.toLocaleString('en-US'), one.group, one.reason]),
      [0],
    ),
  )
  printResult('')
  printResult(table(['window', 'group', 'breaks', 'row'], rows.map(row)))
  if (total > rows.length) printNote(`There are ${count(total - rows.length, 'more row')}: --limit shows more.`)
  if (hasWindows) printNote(`After a fix: fstore rejected ${group ?? 'GROUP'} --replay`)
  else printNote(isOfEvents ? mended : 'After a fix: push these rows again.')
}

function row({ windowStart, windowEnd, group, version, reasons, content }: RejectedRow): string[] {
  const cells = Object.entries(content).map(([name, cell]) => `${name}=${value(cell)}`)
  // A pushed row has an instant, and no window.
  const window = windowStart === windowEnd ? instant(windowEnd) : `${instant(windowStart)} to ${instant(windowEnd)}`
  return [window, `${group} v${version}`, reasons.join('; '), cells.join(' ')]
}
