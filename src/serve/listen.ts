/** An HTTP server, and where it listens. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { FstoreError } from '../errors.js'
import { isLoopback } from './host.js'

export interface Listening {
  readonly url: string
  readonly host: string
  readonly port: number
}

/** A head or a body that comes in drops ends, and so does what nobody reads any more. */
export function httpServer(fetch: (...request: never) => unknown): Server {
  const listener = getRequestListener(fetch as never, { overrideGlobalObjects: false, hostname: 'localhost' })
  return createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      // Above the minute after which load balancers let go, so that it is never they who meet a closed connection.
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16_384,
      noDelay: true,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  )
}

/** @throws FstoreError LISTEN_FAILED */
export function listen(http: Server, port: number, host: string): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(notListening(error, host, port))
    http.once('error', fail)
    http.listen(port, host, () => {
      http.off('error', fail)
      const { address, family, port: bound } = http.address() as AddressInfo
      const shown = family === 'IPv6' ? `[${address}]` : address
      resolve({ url: `http://${shown}:${bound}`, host: address, port: bound })
    })
  })
}

function notListening(error: NodeJS.ErrnoException, host: string, port: number): FstoreError {
  const isTaken = error.code === 'EADDRINUSE'
  return new FstoreError('LISTEN_FAILED', `The server could not listen on ${host}:${port}.`, {
    why: isTaken ? 'Another process listens there.' : `${error.code ?? error.message}.`,
    fix: isTaken ? 'Choose another --port, or end that process.' : 'Choose another --host or --port.',
    cause: error,
  })
}

/** @throws FstoreError USAGE where who is not on this machine could ask without a token */
export function requireGuard(host: string, isOpen: boolean): void {
  if (!isOpen || isLoopback(host)) return
  throw new FstoreError('USAGE', `A server on ${host} can be reached from elsewhere, and wants no token.`, {
    fix: 'Set FSTORE_TOKEN to a secret (openssl rand -hex 32), or leave --host out.',
  })
}
