/** A file that appears under its name only when it is whole. */
import { createHash, randomBytes } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FstoreError } from '../errors.js'

export interface OutputFile {
  write(bytes: Uint8Array): Promise<void>
}

export interface Written {
  readonly bytes: number
  /** SHA-256 of the content, in hex. */
  readonly checksum: string
}

/** Bytes that wait for more, so that the system is asked less often. */
const mostHeld = 2 ** 19

/**
 * Lets `fill` write to a file beside `path` and gives it that name when `fill` has come to its end. Whatever goes
 * wrong, or stops it, the file that was there stays as it was. What is no file, such as a device or a pipe, is written
 * to as it is.
 *
 * @throws FstoreError OUTPUT_FAILED: no such folder, no right to write, no space left; what `fill` throws
 */
export async function writeWhole<T>(path: string, fill: (file: OutputFile) => Promise<T>): Promise<T & Written> {
  const failing = <R>(work: Promise<R>) => work.catch((error: unknown) => Promise.reject(outputError(path, error)))
  const target = await realpath(path).catch(() => path)
  const there = await stat(target).catch(() => undefined)
  if (there?.isDirectory()) throw outputError(path, { code: 'EISDIR' })
  const isFile = there?.isFile() ?? true
  const name = isFile ? join(dirname(target), `.${basename(target)}.partial-${randomBytes(4).toString('hex')}`) : target
  const file = await failing(open(name, isFile ? 'wx' : 'w'))
  const hash = createHash('sha256')
  let bytes = 0
  let held: Uint8Array[] = []
  let size = 0
  const flush = async () => {
    const [pieces, length] = [held, size]
    held = []
    size = 0
    const { bytesWritten } = length > 0 ? await failing(file.writev(pieces)) : { bytesWritten: 0 }
    // A pipe, or a disk that is full, may take only some.
    if (bytesWritten < length) await failing(file.writeFile(Buffer.concat(pieces).subarray(bytesWritten)))
  }
  try {
    const result = await fill({
      async write(chunk) {
        hash.update(chunk)
        bytes += chunk.length
        size += chunk.length
        held.push(chunk)
        if (size >= mostHeld) await flush()
      },
    })
    await flush()
    if (isFile) await failing(file.sync())
    await failing(file.close())
    if (isFile) await failing(rename(name, target))
    return { ...result, bytes, checksum: hash.digest('hex') }
  } catch (error) {
    await file.close().catch(() => {})
    if (isFile) await rm(name, { force: true })
    throw error
  }
}

function outputError(path: string, error: unknown): FstoreError {
  const { code = 'unknown' } = error as { code?: string }
  const why = {
    ENOENT: 'There is no such folder.',
    ENOSPC: 'There is no space left.',
    EACCES: 'It may not be written to.',
    EISDIR: 'It is a folder.',
  }
  return new FstoreError('OUTPUT_FAILED', `${path} could not be written (${code}).`, {
    where: { file: path },
    why: why[code as keyof typeof why],
    fix: 'Choose another place with -o.',
  })
}
