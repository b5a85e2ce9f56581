/** The end of a server that is in use: who has asked is answered, and nobody is cut off who could be answered. */
import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A connection that brought nothing for so long may be closed: nobody is about to ask on it. Milliseconds. */
const quiet = 1_000

export class Draining {
  readonly #http: Server
  readonly #inFlight: () => number

  constructor(http: Server, inFlight: () => number) {
    this.#http = http
    this.#inFlight = inFlight
  }

  /** @returns how many requests were under way when the time was up */
  async close(grace: number): Promise<number> {
    if (!this.#http.listening) return 0
    // An HTTP server's own close would also end connections on which a request may be on its way: each is told with
    // its next answer, and those on which nothing comes are ended when they have been quiet for a while.
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(this.#http, () => resolve())
    })
    const idle = setTimeout(() => this.#http.closeIdleConnections(), Math.min(quiet, grace))
    const waiting = new AbortController()
    const late = sleep(grace, undefined, { signal: waiting.signal }).catch(() => {})
    await Promise.race([closed, late])
    waiting.abort()
    clearTimeout(idle)
    const cutOff = this.#inFlight()
    this.#http.closeAllConnections()
    return cutOff
  }
}
