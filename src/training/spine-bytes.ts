/** The bytes of a spine: without the mark that some programs put before a text, and with a file that fails told as one. */
import { Stream } from 'node:stream'
import { FstoreError } from '../errors.js'
import type { SpineSource } from './spine.js'

/**
 * A stream that fails before anyone reads it would end the process, and a file's may fail as soon as it is made. The
 * error is still there for whoever reads.
 */
export function awaitReader(source: SpineSource): void {
  for (const content of Object.values(source)) if (content instanceof Stream) content.on('error', () => {})
}

const mark = Buffer.from('\uFEFF')

/** @throws FstoreError SPINE_INVALID: the file cannot be read, or not by COPY; what else `content` throws */
export async function* spineBytes(content: AsyncIterable<Uint8Array>, file: string | undefined) {
  // What a line break stood before.
  let tail: Buffer = Buffer.from('\n')
  for await (const piece of withoutMark(content, file)) {
    const seen = Buffer.concat([tail, piece])
    if (seen.includes('\\.') && /\n\\\.\r?\n/.test(seen.toString('latin1'))) throw endsCopy(file)
    tail = seen.subarray(-4)
    yield piece
  }
  if (/\n\\\.\r?$/.test(tail.toString('latin1'))) throw endsCopy(file)
}

/**
 * Servers before 18 would take it for the end, and lose the rows behind it without a word. In a cell's quotes it would do
 * no harm, but to tell that apart every byte would have to be looked at.
 */
function endsCopy(file: string | undefined): FstoreError {
  return new FstoreError('SPINE_INVALID', 'A line of the spine is \\. and nothing else.', {
    ...(file !== undefined && { where: { file } }),
    why: 'To PostgreSQL that is the end of the data.',
    fix: 'Take it out.',
  })
}

async function* withoutMark(content: AsyncIterable<Uint8Array>, file: string | undefined): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0)
  try {
    for await (const piece of content) {
      if (head === undefined) {
        yield piece
        continue
      }
      head = Buffer.concat([head, piece])
      if (head.length < mark.length) continue
      yield head.subarray(head.indexOf(mark) === 0 ? mark.length : 0)
      head = undefined
    }
  } catch (error) {
    throw readError(error, file)
  }
  if (head !== undefined && head.length > 0) yield head
}

/** What the operating system says of a file would be taken for the database's connection. */
function readError(error: unknown, file: string | undefined): unknown {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return error
  const { code, path = file } = error as NodeJS.ErrnoException
  return new FstoreError('SPINE_INVALID', `The spine ${path ?? ''} could not be read (${code}).`, {
    ...(path !== undefined && { where: { file: path } }),
    why: code === 'ENOENT' ? 'There is no such file.' : undefined,
  })
}
