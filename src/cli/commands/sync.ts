import { digits } from '../../config/digits.js'
import { exit } from '../../errors.js'
import type { SyncedGroup, SyncResult } from '../../online/sync.js'
import { count, seconds } from '../format.js'
import type { Globals } from '../globals.js'
import { interruptible } from '../interruptible.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { printAside, printJson, printNote, printResult } from '../output.js'
import { ownCommand } from '../own-command.js'
import { progress } from '../progress.js'
import type { Column } from '../table.js'
import { syncStory } from '../views/sync-story.js'

interface Options extends Globals {
  readonly full?: boolean
  readonly allTenants?: boolean
}

export async function run(groups: readonly string[], options: Options): Promise<number> {
  const { full, allTenants, json = false } = options
  const named = groups.length === 0 ? undefined : groups
  return withStore(options, async ({ store }) => {
    const view = await progress(json, async () => syncStory(allTenants === true || full === true))
    // What was emptied once is filled by what goes on from there.
    const resume = `To go on: ${ownCommand(['--full'])}`
    try {
      const work = async (signal: AbortSignal) => {
        const run = store.sync({ groups: named, full, allTenants, signal })
        for await (const event of run) view.show(event)
        return run
      }
      const result = await interruptible({ work, stopping: 'Stopping after the rows in flight', resume })
      view.stop(result.status === 'cancelled' ? 'stopped' : 'done')
      tell({ kind: 'sync', result })
      if (json) printJson({ event: 'result', ...result })
      else await print(result)
      if (result.status === 'cancelled') printNote(resume)
      return result.status === 'cancelled' ? exit.interrupted : exit.done
    } finally {
      view.stop()
    }
  })
}

async function print(result: SyncResult): Promise<void> {
  const { groups, published, withdrawn, durationMs } = result
  if (groups.length > 0) {
    const { printTable } = await import('../table.js')
    printTable({ columns, rows: groups, fields })
  }
  const sent = groups.reduce((sum, { rows }) => sum + rows, 0)
  const parts = [
    `${count(sent, 'row')} sent in ${seconds(durationMs)}`,
    ...(published.length > 0 ? [`live in Redis now: ${published.join(', ')}`] : []),
    ...(withdrawn.length > 0 ? [`no longer in Redis: ${withdrawn.join(', ')}`] : []),
  ]
  const closing = `${parts.join('; ')}.`
  if (groups.length > 0) printAside(closing)
  else printResult(closing)
}

const columns: readonly Column<SyncedGroup>[] = [
  { head: 'group', cell: ({ group, version }) => `${group} v${version}`, cut: true },
  { head: 'tenant', cell: ({ tenant }) => tenant, cut: true },
  { head: 'rows sent', cell: ({ rows }) => digits(rows), right: true },
  { head: 'of', cell: ({ whole }) => (whole ? 'all' : 'what changed'), drop: 1 },
]

const fields = {
  group: ({ group }: SyncedGroup) => group,
  version: ({ version }: SyncedGroup) => version,
  tenant: ({ tenant }: SyncedGroup) => tenant,
  rows: ({ rows }: SyncedGroup) => rows,
  whole: ({ whole }: SyncedGroup) => whole,
}
