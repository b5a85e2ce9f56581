/** Work that Ctrl-C ends in good order. */
import { exit } from '../errors.js'
import { printNote } from './output.js'

/**
 * @param work is given the signal that the first Ctrl-C sets off; the second ends the process
 * @param stopping what is said then
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, stopping = 'Stopping'): Promise<T> {
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exit.interrupted)
    controller.abort()
    printNote(`${stopping}; Ctrl-C again stops at once.`)
  }
  process.on('SIGINT', interrupt)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', interrupt)
  }
}
