/** A service that ends in good order when it is told to: by Ctrl-C, or by what runs it. */
import { exit } from '../errors.js'
import { signalsApart } from './one-signal.js'
import { printNote } from './output.js'

/**
 * @param work is given the signal that the first SIGINT or SIGTERM sets off; the second ends the process
 * @param stopping what is said then
 * @returns the exit code: Ctrl-C is an interruption, and SIGTERM how services are stopped
 */
export async function stoppable(work: (signal: AbortSignal) => Promise<number>, stopping: string): Promise<number> {
  const controller = new AbortController()
  let code: number | undefined
  const isNew = signalsApart()
  const stop = (name: NodeJS.Signals) => {
    if (!isNew()) return
    if (controller.signal.aborted) process.exit(exit.interrupted)
    code = name === 'SIGINT' ? exit.interrupted : exit.done
    controller.abort()
    printNote(`${stopping}; ${name === 'SIGINT' ? 'Ctrl-C' : name} again stops at once.`)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const name of signals) process.on(name, stop)
  try {
    const own = await work(controller.signal)
    return code ?? own
  } finally {
    for (const name of signals) process.off(name, stop)
  }
}
