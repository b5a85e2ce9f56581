import { exit } from '../../errors.js'
import type { SyncedGroup, SyncResult } from '../../online/sync.js'
import { count, seconds } from '../format.js'
import type { Globals } from '../globals.js'
import { interruptible } from '../interruptible.js'
import { withStore } from '../open.js'
import { printJson, printNote, printResult } from '../output.js'
import { progress } from '../progress.js'

interface Options extends Globals {
  readonly full?: boolean
  readonly allTenants?: boolean
}

export async function run(groups: readonly string[], options: Options): Promise<number> {
  const { full, allTenants, json = false } = options
  const named = groups.length === 0 ? undefined : groups
  return withStore(options, async ({ store }) => {
    const view = await progress(json)
    try {
      const result = await interruptible(async (signal) => {
        const run = store.sync({ groups: named, full, allTenants, signal })
        for await (const event of run) view.show(event)
        return run
      })
      view.stop()
      if (json) printJson({ event: 'result', ...result })
      else await print(result)
      return result.status === 'cancelled' ? exit.interrupted : exit.done
    } finally {
      view.stop()
    }
  })
}

async function print(result: SyncResult): Promise<void> {
  const { groups, status, published, withdrawn, durationMs } = result
  if (groups.length > 0) {
    const { table } = await import('../table.js')
    const rows = groups.map((one) => [one.group, String(one.version), one.tenant, amount(one), what(one)])
    printResult(table(['group', 'version', 'tenant', 'rows sent', ''], rows, [1, 3]))
  }
  const sent = groups.reduce((sum, { rows }) => sum + rows, 0)
  const parts = [
    `${count(sent, 'row')} sent in ${seconds(durationMs)}`,
    ...(published.length > 0 ? [`live in Redis now: ${published.join(', ')}`] : []),
    ...(withdrawn.length > 0 ? [`no longer in Redis: ${withdrawn.join(', ')}`] : []),
  ]
  printResult(`${parts.join('; ')}.`)
  if (status === 'cancelled') printNote('Stopped. The next fstore sync goes on from there.')
}

function amount({ rows }: SyncedGroup): string {
  return rows.toLocaleString('en-US')
}

function what({ whole }: SyncedGroup): string {
  return whole ? 'all' : 'what changed'
}
