/** A real database that breaks at one chosen moment, and counts the moments that there were. */
import type { Database, Result, Row, Session, Transaction } from '../../src/db/database.js'
import { FstoreError } from '../../src/errors.js'

/** `connection`: only what was under way is lost. `process`: nothing at all is done any more. */
export type Fault = 'connection' | 'process'

export class FaultyDatabase implements Database {
  readonly kind
  readonly connections
  readonly #db: Database
  readonly #fault: Fault
  readonly #at: number
  /** How many there were so far. */
  moments = 0
  /** What was about to be done, or had just been done, when it broke. */
  broke: string | undefined

  /** @param at before or after which statement, beginning or commit it breaks, from 1; never unless told */
  constructor(db: Database, at = 0, fault: Fault = 'connection') {
    this.#db = db
    this.#at = at
    this.#fault = fault
    this.kind = db.kind
    this.connections = db.connections
  }

  async transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
    await this.#moment('begin')
    const result = await this.#db.transaction(session, async (tx) => {
      const done = await work(this.#faulty(tx))
      await this.#moment('commit', tx)
      return done
    })
    await this.#moment('committed')
    return result
  }

  async query<R extends Row = Row>(session: Session, sql: string, parameters?: readonly unknown[]): Promise<Result<R>> {
    await this.#moment(`query ${sql}`)
    const result = await this.#db.query<R>(session, sql, parameters)
    await this.#moment(`queried ${sql}`)
    return result
  }

  close(): Promise<void> {
    return this.#db.close()
  }

  #faulty(tx: Transaction): Transaction {
    return {
      query: async (sql, parameters) => {
        await this.#moment(sql, tx)
        return tx.query(sql, parameters)
      },
      script: async (sql) => {
        await this.#moment(sql, tx)
        return tx.script(sql)
      },
      copyFrom: async (sql, csv) => {
        await this.#moment(sql, tx)
        return tx.copyFrom(sql, csv)
      },
      copyTo: (sql) => tx.copyTo(sql),
    }
  }

  /** Inside a transaction the server ends the connection itself; outside, an answer is lost, or none is asked for. */
  async #moment(what: string, tx?: Transaction): Promise<void> {
    if (this.broke !== undefined && this.#fault === 'process') throw gone()
    if (++this.moments !== this.#at) return
    this.broke = what
    // The app's role may not end what it runs in.
    await tx?.script('RESET ROLE; SELECT pg_terminate_backend(pg_backend_pid())')
    throw gone()
  }
}

function gone(): FstoreError {
  return new FstoreError('DATABASE_UNREACHABLE', 'The connection broke.')
}
