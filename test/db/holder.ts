/**
 * A process that takes a lock and keeps it until its standard input ends, or a polite one until somebody wants it.
 * Prints `held`, or the error's code, and `gave way`.
 */

import { once } from 'node:events'
import { acquireLock } from '../../src/db/lock.js'

try {
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const giveWay = () => {
    lock.release()
    process.stdout.write('gave way\n')
  }
  const whenWanted = process.argv[3] === 'polite' ? giveWay : undefined
  const lock = await acquireLock(String(process.argv[2]), { whenWanted })
  process.stdout.write('held\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
  lock.release()
} catch (error) {
  process.stdout.write(`${(error as { code: string }).code}\n`)
  process.stdin.destroy()
}
