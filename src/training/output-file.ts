/** A file that appears under its name only when it is whole. */
import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
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

/**
 * Lets `fill` write to a file beside `path` and gives it that name when `fill` has come to its end. Whatever goes
 * wrong, or stops it, the file that was there stays as it was.
 *
 * @throws FstoreError OUTPUT_FAILED: no such folder, no right to write, no space left; what `fill` throws
 */
export async function writeWhole<T>(path: string, fill: (file: OutputFile) => Promise<T>): Promise<T & Written> {
  const partial = join(dirname(path), `.${basename(path)}.partial-${process.pid}`)
  const forget = () => rm(partial, { force: true })
  const file = await open(partial, 'w').catch((error: unknown) => Promise.reject(outputError(path, error)))
  const hash = createHash('sha256')
  let bytes = 0
  try {
    const result = await fill({
      async write(chunk) {
        hash.update(chunk)
        bytes += chunk.length
        await file.writeFile(chunk).catch((error: unknown) => Promise.reject(outputError(path, error)))
      },
    })
    await file.sync()
    await file.close()
    await rename(partial, path)
    return { ...result, bytes, checksum: hash.digest('hex') }
  } catch (error) {
    await file.close().catch(() => {})
    await forget()
    throw error
  }
}

function outputError(path: string, error: unknown): FstoreError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  const why = {
    ENOENT: 'There is no such folder.',
    ENOSPC: 'There is no space left.',
    EACCES: 'It may not be written to.',
  }
  return new FstoreError('OUTPUT_FAILED', `${path} could not be written (${code}).`, {
    where: { file: path },
    why: why[code as keyof typeof why],
    fix: 'Choose another place with -o.',
  })
}
