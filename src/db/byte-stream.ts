/** What work pushes into a sink, to be pulled as it comes: whoever stops reading ends the work. */
import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Database } from './database.js'

/** Is awaited before the next bytes are pushed. */
type Work<R> = (sink: (bytes: Uint8Array) => Promise<void>) => Promise<R>

/** @returns at its end, what `work` resolved to */
export function byteStream<R>(db: Database, work: Work<R>): AsyncGenerator<Uint8Array, R> {
  return db.kind === 'pglite' ? spooled(work) : piped(work)
}

async function* piped<R>(work: Work<R>): AsyncGenerator<Uint8Array, R> {
  const pipe = new PassThrough()
  const working = work(async (bytes) => {
    if (pipe.destroyed) throw new Error('The reader has gone')
    if (!pipe.write(bytes)) await room(pipe)
  })
  working.then(
    () => pipe.end(),
    (error: Error) => pipe.destroy(error),
  )
  try {
    yield* pipe
    return await working
  } finally {
    pipe.destroy()
    await working.catch(() => {})
  }
}

/** Until the reader has read what there is, or has gone. */
function room(pipe: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      pipe.off('drain', go).off('close', go)
      resolve()
    }
    pipe.on('drain', go).on('close', go)
  })
}

/**
 * The embedded database runs one transaction after another: were this one open while its rows are read, a reader that
 * asks for anything else meanwhile would wait for itself.
 */
async function* spooled<R>(work: Work<R>): AsyncGenerator<Uint8Array, R> {
  const folder = await mkdtemp(join(tmpdir(), 'fstore-rows-'))
  const path = join(folder, 'rows')
  try {
    const file = await open(path, 'wx', 0o600)
    const result = await work((bytes) => file.writeFile(bytes)).finally(() => file.close())
    yield* createReadStream(path)
    return result
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
