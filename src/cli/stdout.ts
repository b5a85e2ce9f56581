/** Bytes to stdout, no faster than they are read. */
import { once } from 'node:events'

/** @returns nothing where whoever read them has stopped: then there is no one left to work for */
export async function toStdout<T>(
  work: (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T | undefined> {
  const { stdout } = process
  const closed = new AbortController()
  const close = () => closed.abort()
  stdout.on('error', close)
  try {
    return await work(async (bytes) => {
      closed.signal.throwIfAborted()
      if (!stdout.write(bytes)) await once(stdout, 'drain', { signal: closed.signal })
    })
  } catch (error) {
    if (closed.signal.aborted) return undefined
    throw error
  } finally {
    stdout.off('error', close)
  }
}
