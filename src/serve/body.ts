/** The body of a request: read up to a limit, and parsed as JSON. */
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { HttpFailure } from './failure.js'

/** @throws HttpFailure CONTENT_TYPE */
export function requireJson(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'] ?? ''
  if (/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) return
  // What a page of another site can make a browser send without asking first is none of these.
  throw new HttpFailure('CONTENT_TYPE', `The body is said to be ${type === '' ? 'nothing' : `"${type}"`}.`, {
    fix: 'Send the header Content-Type: application/json.',
  })
}

/** @throws HttpFailure CONTENT_TYPE, BODY_TOO_LARGE, BODY_INVALID */
export async function readJson(incoming: IncomingMessage, limit: number): Promise<unknown> {
  const encoding = incoming.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw new HttpFailure('CONTENT_TYPE', `The body is encoded as "${encoding}".`, { fix: 'Send it as it is.' })
  const bytes = await readBytes(incoming, limit)
  if (!isUtf8(bytes)) throw notJson('It is not UTF-8.')
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw notJson(bytes.length === 0 ? 'It is empty.' : whereOf(error))
  }
}

function readBytes(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(incoming.headers['content-length']) > limit) return Promise.reject(tooLarge(limit))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const end = (settle: () => void) => {
      incoming.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      settle()
    }
    const onData = (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) end(() => reject(tooLarge(limit)))
      else chunks.push(chunk)
    }
    const onEnd = () => end(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    const onClose = () => end(() => reject(notJson('The connection ended before it did.')))
    incoming.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
}

function tooLarge(limit: number): HttpFailure {
  return new HttpFailure('BODY_TOO_LARGE', `The body is larger than ${limit.toLocaleString('en-US')} bytes.`, {
    fix: 'Ask for less at once, or raise --body-limit.',
    // What is still to come of it is not read.
    headers: { Connection: 'close' },
  })
}

function notJson(why: string): HttpFailure {
  return new HttpFailure('BODY_INVALID', 'The body is not JSON.', { why })
}

/** The position, and not the text around it, which newer versions of Node quote. */
function whereOf(error: unknown): string {
  const position = /position (\d+)/.exec((error as Error).message)?.[1]
  return position === undefined ? 'It ends too early.' : `It goes wrong at character ${position}.`
}
