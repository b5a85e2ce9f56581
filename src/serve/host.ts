/** Where a server listens, and under which names it may be asked while it asks nobody for a token. */
import { isIPv4 } from 'node:net'
import { HttpFailure } from './failure.js'

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/**
 * A page of another site may have its own name resolve to this machine and then read what is served here: but its
 * browser says by which name it asks.
 *
 * @throws HttpFailure FORBIDDEN
 */
export function requireLocalName(host: string | undefined): void {
  const name = (host ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  if (isLoopback(name)) return
  throw new HttpFailure('FORBIDDEN', 'The server is asked by a name that is not of this machine.', {
    why: 'It wants no token, so it answers only to localhost: a web page could ask by another name.',
    fix: 'Ask for localhost or 127.0.0.1, or set FSTORE_TOKEN.',
  })
}
