import { digits } from '../../config/digits.js'
import { exit } from '../../errors.js'
import type { PushEvent, PushTotals } from '../../pipeline/push-lines.js'
import { activity } from '../activity.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { inputFile } from '../input-file.js'
import { interruptible } from '../interruptible.js'
import { requireTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { printJson, printNote, printResult, printWarning } from '../output.js'
import { ownCommand } from '../own-command.js'

interface Options extends Globals {
  readonly createTenant?: boolean
}

export async function run(group: string, file: string | undefined, options: Options): Promise<number> {
  const { json = false } = options
  const content = file === undefined || file === '-' ? process.stdin : inputFile(file)
  const isStdin = file === undefined || file === '-'
  const resume = isStdin ? 'To go on: send the same rows again.' : `To go on: ${ownCommand()}`
  return withStore(options, async ({ store }) => {
    await requireTenant(store, options)
    const view = activity(json)
    const work = async (signal: AbortSignal) => {
      const lines = store.pushLines({ group, content, signal })
      view.show({ type: 'advance', task: group, amount: 0 })
      for (;;) {
        const next = await lines.next()
        if (next.done) {
          view.stop(signal.aborted ? 'stopped' : 'done')
          const code = close(group, next.value, signal.aborted, json)
          if (signal.aborted) printNote(resume)
          return code
        }
        show(next.value, json)
        if (next.value.type === 'batch') view.show({ type: 'advance', task: group, amount: next.value.lines })
      }
    }
    return interruptible({ work, stopping: 'Stopping after the rows in flight', resume }).finally(() => view.stop())
  })
}

function show({ type, ...event }: PushEvent, json: boolean): void {
  if (json) printJson({ event: type, ...event })
  else if ('reasons' in event) printWarning(`line ${event.line} was set aside: ${event.reasons.join('; ')}`)
}

function close(group: string, totals: PushTotals, isStopped: boolean, json: boolean): number {
  const { lines, written, unchanged, rejected } = totals
  tell({ kind: 'push', group, totals })
  if (json) printJson({ event: 'result', group, status: isStopped ? 'cancelled' : 'done', ...totals })
  else {
    const parts = [`${digits(written)} written`]
    if (unchanged > 0) parts.push(`${digits(unchanged)} there already`)
    if (rejected > 0) parts.push(`${digits(rejected)} set aside`)
    printResult(`Pushed ${count(lines, 'row')} to ${group}: ${parts.join(', ')}.`)
  }
  if (isStopped) return exit.interrupted
  return rejected > 0 ? exit.failed : exit.done
}
