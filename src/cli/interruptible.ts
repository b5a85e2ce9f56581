/** Work that Ctrl-C ends in good order. */
import { exit, FstoreError } from '../errors.js'
import { signalsApart } from './one-signal.js'
import { printNote } from './output.js'

export interface Interruptible<T> {
  /** Given the signal that the first Ctrl-C sets off, or SIGTERM; the second ends the process. */
  work(signal: AbortSignal): Promise<T>
  /** What is said then. */
  readonly stopping?: string
  /** How to go on afterwards, as a sentence. */
  readonly resume: string
}

export async function interruptible<T>({ work, stopping = 'Stopping', resume }: Interruptible<T>): Promise<T> {
  const controller = new AbortController()
  const isNew = signalsApart()
  const interrupt = (name: NodeJS.Signals) => {
    if (!isNew()) return
    if (controller.signal.aborted) {
      // Below what a view leaves of itself.
      process.once('exit', () => printNote(`Stopped at once. ${resume}`))
      process.exit(exit.interrupted)
    }
    controller.abort()
    printNote(`${stopping}; ${name === 'SIGINT' ? 'Ctrl-C' : name} again stops at once.`)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const name of signals) process.on(name, interrupt)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (!(error instanceof FstoreError) || error.code !== 'INTERRUPTED') throw error
    throw new FstoreError('INTERRUPTED', error.message, { fix: resume })
  } finally {
    for (const name of signals) process.off(name, interrupt)
  }
}
