/** Which database a project has: the server its URL names, or the one embedded in its folder. */

import type { Pool } from 'pg'
import { FstoreError } from '../errors.js'
import type { Database, Result, Row, Session, Transaction } from './database.js'
import { targetOfUrl } from './target.js'

/** Of a pool of our own, unless told; how many a caller's lends is not known. */
const usual = 5

/**
 * Opens the database of a project; nothing is loaded or connected before the first use, which a read that Redis
 * answers does not come to.
 *
 * @param options.url a server; the embedded database where it is absent or empty
 * @param options.directory the data directory of the embedded database
 * @param options.pool the caller's own pool, which goes before the URL
 * @param options.connections of a pool of our own, at most
 * @param options.whenWanted called when another process wants the embedded database; whoever gives this closes soon
 * @throws FstoreError CONFIG_INVALID where the URL is not one.
 */
export function openDatabase(options: {
  url?: string | undefined
  directory: string
  pool?: Pool | undefined
  connections?: number | undefined
  whenWanted?: (() => void) | undefined
}): Database {
  const { url, directory, pool, connections = usual, whenWanted } = options
  if (!url && !pool)
    return new Unopened('pglite', 1, async () => (await import('./pglite.js')).openPGlite({ directory, whenWanted }))
  if (!pool) targetOfUrl(url ?? '')
  const max = pool ? 1 : connections
  return new Unopened('postgres', max, async () => (await import('./postgres.js')).openPostgres({ url, pool, max }))
}

/** A database whose driver is loaded when it is first used. */
class Unopened implements Database {
  readonly kind: Database['kind']
  readonly connections: number
  readonly #open: () => Promise<Database>
  #opening: Promise<Database> | undefined
  #closed = false

  constructor(kind: Database['kind'], connections: number, open: () => Promise<Database>) {
    this.kind = kind
    this.connections = connections
    this.#open = open
  }

  async transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return (await this.#opened()).transaction(session, work)
  }

  async query<R extends Row = Row>(session: Session, sql: string, parameters?: readonly unknown[]): Promise<Result<R>> {
    return (await this.#opened()).query<R>(session, sql, parameters)
  }

  async close(): Promise<void> {
    this.#closed = true
    await (await this.#opening)?.close()
  }

  #opened(): Promise<Database> {
    if (this.#closed && this.#opening === undefined)
      return Promise.reject(new FstoreError('INTERNAL', 'The database was used after it was closed.'))
    this.#opening ??= this.#open()
    return this.#opening
  }
}
