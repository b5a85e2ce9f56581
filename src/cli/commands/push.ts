import { exit } from '../../errors.js'
import type { PushEvent, PushTotals } from '../../pipeline/push-lines.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { inputFile } from '../input-file.js'
import { interruptible } from '../interruptible.js'
import { requireTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { printJson, printResult, printWarning } from '../output.js'

interface Options extends Globals {
  readonly createTenant?: boolean
}

export async function run(group: string, file: string | undefined, options: Options): Promise<number> {
  const { json = false } = options
  const content = file === undefined || file === '-' ? process.stdin : inputFile(file)
  return withStore(options, ({ store }) =>
    interruptible(async (signal) => {
      await requireTenant(store, options)
      const work = store.pushLines({ group, content, signal })
      for (;;) {
        const next = await work.next()
        if (!next.done) show(next.value, json)
        else return close(group, next.value, signal.aborted, json)
      }
    }),
  )
}

function show({ type, ...event }: PushEvent, json: boolean): void {
  if (json) printJson({ event: type, ...event })
  else if ('reasons' in event) printWarning(`line ${event.line} was set aside: ${event.reasons.join('; ')}`)
}

function close(group: string, totals: PushTotals, isStopped: boolean, json: boolean): number {
  const { lines, written, unchanged, rejected } = totals
  if (json) printJson({ event: 'result', group, status: isStopped ? 'cancelled' : 'done', ...totals })
  else {
    const parts = [`${written.toLocaleString('en-US')} written`]
    if (unchanged > 0) parts.push(`${unchanged.toLocaleString('en-US')} there already`)
    if (rejected > 0) parts.push(`${rejected.toLocaleString('en-US')} set aside`)
    printResult(`Pushed ${count(lines, 'row')} to ${group}: ${parts.join(', ')}.`)
  }
  if (isStopped) return exit.interrupted
  return rejected > 0 ? exit.failed : exit.done
}
