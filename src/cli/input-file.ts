/** What a command reads: a file, or what is piped to it. */
import { createReadStream } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import { FstoreError } from '../errors.js'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  EISDIR: 'It is a folder.',
  EACCES: 'You may not read it.',
}

/** Opened only when it is read: by then someone hears of it when it is not there. */
export async function* inputFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new FstoreError('DATA_FILE_MISSING', `${file} could not be read (${code}).`, {
      why: reasons[code ?? ''],
      fix: 'Name a file that you may read, or - for what is piped in.',
    })
  }
}

/** Ends with the signal, also while nothing comes. */
export async function* standardInput(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(signal, process.stdin)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
