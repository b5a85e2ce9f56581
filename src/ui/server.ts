/** The page of `fstore ui`, and what it asks, over HTTP. */
import { FstoreError } from '../errors.js'
import { Draining } from '../serve/draining.js'
import { httpServer, type Listening, listen, requireGuard } from '../serve/listen.js'
import { type Log, silence } from '../serve/log.js'
import { type Token, Tokens } from '../serve/tokens.js'
import { Application } from './app.js'
import { Assets } from './assets.js'
import { Guard } from './guard.js'
import { Lending, type LendingOptions } from './lending.js'

export interface UiOptions {
  /** Opens the store, which is the server's to close. */
  readonly open: LendingOptions['open']
  /** Milliseconds that the store stays open after an answer; a minute unless told. */
  readonly lingering?: number
  /** Without one, everyone on this machine may look, and nobody else can. */
  readonly token?: Token | undefined
  readonly version?: string
  readonly log?: Log
  /** Milliseconds that an answer may take; 60,000 unless told. */
  readonly timeout?: number
  /** The folder of the page's files; the package's own unless told. */
  readonly assets?: string | undefined
}

export interface UiServer {
  /**
   * @param options.port 6567 or the next that is free unless told; 0 for any
   * @param options.host 127.0.0.1 unless told; any that is not of this machine alone wants a token
   * @throws FstoreError USAGE, LISTEN_FAILED
   */
  listen(options?: { readonly port?: number | undefined; readonly host?: string | undefined }): Promise<Listening>
  /** At once: who only looks misses nothing. */
  close(): Promise<void>
}

const usualPort = 6567
const portsTried = 20

export function createUi(options: UiOptions): UiServer {
  const { open, lingering = 60_000, token, version = '0', log = silence, timeout = 60_000 } = options
  const lending = new Lending({ open, lingering })
  const guard = new Guard(new Tokens(token === undefined ? [] : [token]))
  const assets = new Assets(options.assets)
  const use = lending.use.bind(lending)
  const app = new Application({ guard, assets, use, version, log, timeout })
  const http = httpServer(app.fetch)
  const draining = new Draining(http, () => app.inFlight)
  return {
    async listen({ port, host = '127.0.0.1' } = {}) {
      requireGuard(host, guard.isOpen)
      const listening = port === undefined ? await listenNear(http, host) : await listen(http, port, host)
      // By the time that a browser asks, the database is open, and has been asked once.
      lending.use(undefined, (store) => store.overview()).catch(() => {})
      return listening
    },
    async close() {
      await draining.close(0)
      await lending.close()
    },
  }
}

async function listenNear(http: Parameters<typeof listen>[0], host: string): Promise<Listening> {
  for (let port = usualPort; port < usualPort + portsTried; port++) {
    try {
      return await listen(http, port, host)
    } catch (error) {
      const cause = error instanceof FstoreError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
      if (cause?.code !== 'EADDRINUSE') throw error
    }
  }
  return listen(http, 0, host)
}
