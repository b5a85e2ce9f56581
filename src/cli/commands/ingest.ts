import { appendFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { digits } from '../../config/digits.js'
import { exit, FstoreError } from '../../errors.js'
import type { IngestEvent, IngestTotals } from '../../pipeline/ingest-lines.js'
import { activity } from '../activity.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { inputFile, standardInput } from '../input-file.js'
import { interruptible } from '../interruptible.js'
import { requireTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { printJson, printNote, printResult, printWarning } from '../output.js'
import { ownCommand } from '../own-command.js'

interface Options extends Globals {
  readonly rejects?: string
  readonly createTenant?: boolean
}

export async function run(file: string, options: Options): Promise<number> {
  const { json = false, rejects } = options
  // What cannot be written is told before anything is applied.
  if (rejects !== undefined) await append(rejects, '')
  return withStore(options, async ({ store }) => {
    await requireTenant(store, options)
    const view = activity(json)
    const task = file === '-' ? 'stdin' : basename(file)
    const work = async (signal: AbortSignal) => {
      const content = file === '-' ? standardInput(signal) : inputFile(file)
      const lines = store.ingestLines({ content, signal })
      view.show({ type: 'advance', task, noun: 'event', amount: 0 })
      for (;;) {
        const next = await lines.next()
        if (next.done) {
          view.stop(signal.aborted ? 'stopped' : 'done')
          return close(next.value, { resume: signal.aborted ? resuming(file) : undefined, json })
        }
        const event = next.value
        if (event.type === 'rejected' && rejects !== undefined) await append(rejects, rejectedLine(event))
        show(event, json)
        if (event.type === 'batch') view.show({ type: 'advance', task, amount: event.lines })
      }
    }
    const stopping = 'Stopping after the events in flight'
    return interruptible({ work, stopping, resume: resuming(file) }).finally(() => view.stop())
  })
}

/** What was applied is not applied twice. */
function resuming(file: string): string {
  return file === '-' ? 'To go on: send the same events again.' : `To go on: ${ownCommand()}`
}

function show(event: IngestEvent, json: boolean): void {
  // The line itself may be private: it goes to the file that was asked for alone.
  if (event.type === 'batch') {
    const { type, ...rest } = event
    if (json) printJson({ event: type, ...rest })
    return
  }
  const { type, line, reasons } = event
  if (json) printJson({ event: type, line, reasons })
  else printWarning(`line ${line} was set aside: ${reasons.join('; ')}`)
}

function rejectedLine({ line, reasons, text }: Extract<IngestEvent, { type: 'rejected' }>): string {
  return `${JSON.stringify({ line, reasons, text })}\n`
}

/** At once: an event that a run which is cut off has rejected is not told of by the one after it. */
async function append(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text, { mode: 0o600 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new FstoreError('OUTPUT_FAILED', `${path} could not be written (${code}).`, {
      fix: 'Name a file in a folder that you may write to.',
    })
  }
}

function close(totals: IngestTotals, { resume, json }: { resume: string | undefined; json: boolean }): number {
  const isStopped = resume !== undefined
  const { lines, applied, duplicates, rejected } = totals
  tell({ kind: 'ingest', totals })
  if (json) printJson({ event: 'result', status: isStopped ? 'cancelled' : 'done', ...totals })
  else {
    const parts = [`${digits(applied)} applied`]
    if (duplicates > 0) parts.push(`${digits(duplicates)} applied before`)
    if (rejected > 0) parts.push(`${digits(rejected)} set aside`)
    printResult(`Ingested ${count(lines, 'event')}: ${parts.join(', ')}.`)
  }
  if (isStopped) printNote(resume)
  if (isStopped) return exit.interrupted
  return rejected > 0 ? exit.failed : exit.done
}
