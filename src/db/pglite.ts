/** Postgres inside this process: PGlite, for a project without a server. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { FstoreError } from '../errors.js'
import { openCluster } from './cluster.js'
import { CopyReader, copyMessages } from './copy-message.js'
import type { Database, Result, Row, Session, Transaction } from './database.js'
import { abortedError, databaseError, roleError, type ServerError } from './failure.js'
import { acquireLock, type Lock } from './lock.js'
import { type Answer, type Answers, type Statement, Wire } from './pglite-wire.js'
import { query } from './protocol.js'
import { readSettings, sessionSettings, transactionModes } from './session.js'
import { defaultCacheDirectory } from './template.js'
import { Turns } from './turns.js'

export interface PGliteOptions {
  /** The data directory; its lock is the file beside it, `<directory>.lock`. In memory where absent. */
  readonly directory?: string | undefined
  /** Where templates of new databases are kept; the user's cache folder unless told. */
  readonly cacheDirectory?: string | undefined
  /** Called when another process wants the directory: whoever gives this closes soon. */
  readonly whenWanted?: (() => void) | undefined
}

/**
 * Opens a database in a directory or in memory. Nothing is loaded, locked or created before the first use; that use
 * rejects with FstoreError LOCKED where another process has the directory open.
 *
 * Transactions run one after another. One inside another's work would wait for itself, and is refused.
 */
export function openPGlite(options: PGliteOptions = {}): Database {
  return new EmbeddedDatabase(options)
}

/** The engine, and how it is spoken to. */
interface Opened {
  readonly engine: PGlite
  readonly wire: Wire
}

class EmbeddedDatabase implements Database {
  readonly kind = 'pglite'
  readonly connections = 1
  readonly #options: PGliteOptions
  #opening: Promise<Opened> | undefined
  #lock: Lock | undefined
  #closing: Promise<void> | undefined
  readonly #turns = new Turns()
  /** The transaction that the code now running belongs to. */
  readonly #running = new AsyncLocalStorage<{ isOpen: boolean }>()

  constructor(options: PGliteOptions) {
    this.#options = options
  }

  transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#inTurn(async (wire) => {
      const begun = await wire.send(beginning(session))
      if (begun.refusal !== undefined) throw await this.#undo(wire, begun, session)
      const running = { isOpen: true }
      try {
        const result = await this.#running.run(running, () => work(new EmbeddedTransaction(wire, running)))
        await commit(wire)
        return result
      } catch (error) {
        await wire.script('ROLLBACK')
        throw error
      } finally {
        running.isOpen = false
      }
    })
  }

  /** One exchange with the engine. */
  query<R extends Row = Row>(session: Session, sql: string, parameters?: readonly unknown[]): Promise<Result<R>> {
    const statement = { text: sql, values: parameters, isKept: session.repeated }
    return this.#inTurn(async (wire) => {
      // What is sent together is a transaction by itself.
      const isRead = session.readOnly === true && session.isolation === undefined
      const before = isRead ? [{ ...readSettings(session), isKept: true }] : beginning(session)
      const answers = await wire.send([...before, statement, ...(isRead ? [] : [{ text: 'COMMIT' }])])
      if (answers.refusal !== undefined) throw await this.#undo(wire, answers, session, before.length)
      // The statement was a BEGIN.
      if (wire.isOpen) await wire.script('ROLLBACK')
      return resultOf<R>(answers, before.length)
    })
  }

  /** Whoever closes it once more waits for the first: the lock is held until nothing is open. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    try {
      // One that failed to open has nothing to close.
      const opened = await opening?.catch(() => undefined)
      await this.#turns.take(async () => opened?.engine.close())
    } finally {
      this.#lock?.release()
    }
  }

  async #inTurn<T>(work: (wire: Wire) => Promise<T>): Promise<T> {
    if (this.#running.getStore()?.isOpen) {
      throw new FstoreError('INTERNAL', 'A transaction was begun inside another on the embedded database.')
    }
    const { wire } = await this.#open()
    return this.#turns.take(async () => {
      // The engine never leaves this turn of the event loop by itself: timers, sockets and Ctrl-C would starve.
      await setImmediate()
      return work(wire)
    })
  }

  /** @returns why a transaction came to nothing */
  async #undo(wire: Wire, { results, refusal }: Answers, session: Session, settings = 2): Promise<Error> {
    if (wire.isOpen) await wire.script('ROLLBACK')
    const failedRole = results.length < settings ? roleError(refusal, session, this.#options.directory) : undefined
    return failedRole ?? databaseError(refusal as ServerError)
  }

  #open(): Promise<Opened> {
    if (this.#closing !== undefined) throw new FstoreError('INTERNAL', 'The database was used after it was closed.')
    if (this.#opening === undefined) {
      this.#opening = this.#openOnce()
      this.#opening.catch(() => {
        this.#opening = undefined
      })
    }
    return this.#opening
  }

  async #openOnce(): Promise<Opened> {
    const { directory, cacheDirectory = defaultCacheDirectory(), whenWanted } = this.#options
    if (directory === undefined) return opened(await openCluster({ cacheDirectory }))
    const lock = await acquireLock(`${directory}.lock`, { whenWanted })
    try {
      const engine = await openCluster({ directory, cacheDirectory })
      this.#lock = lock
      return opened(engine)
    } catch (error) {
      lock.release()
      throw error
    }
  }
}

function opened(engine: PGlite): Opened {
  return { engine, wire: new Wire(engine) }
}

class EmbeddedTransaction implements Transaction {
  readonly #wire: Wire
  readonly #running: { readonly isOpen: boolean }

  constructor(wire: Wire, running: { readonly isOpen: boolean }) {
    this.#wire = wire
    this.#running = running
  }

  async query<R extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<Result<R>> {
    return resultOf<R>(accepted(await this.#open.send([{ text: sql, values }])), 0)
  }

  async script(sql: string): Promise<void> {
    accepted(await this.#open.script(sql))
  }

  /** The text is held in memory whole. */
  async copyFrom(copySql: string, csv: AsyncIterable<Uint8Array>): Promise<number> {
    const message = await copyMessages(copySql, csv)
    return resultOf(accepted(await this.#open.exchange([message])), 0).count
  }

  /** The engine runs a statement to its end before anyone can read, so what it copies waits in a file. */
  async *copyTo(copySql: string): AsyncGenerator<Uint8Array> {
    const wire = this.#open
    const folder = await mkdtemp(join(tmpdir(), 'fstore-copy-'))
    const path = join(folder, 'rows')
    try {
      const file = openSync(path, 'wx', 0o600)
      const reader = new CopyReader((data) => writeSync(file, data))
      try {
        await wire.stream(query(copySql), (bytes) => reader.push(bytes))
      } finally {
        closeSync(file)
      }
      if (reader.error !== undefined) throw reader.error
      yield* createReadStream(path)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  get #open(): Wire {
    if (this.#running.isOpen) return this.#wire
    throw new FstoreError('INTERNAL', 'A transaction was used after it had ended.')
  }
}

function beginning(session: Session): Statement[] {
  return [{ text: `BEGIN ${transactionModes(session)}` }, { ...sessionSettings(session), isKept: true }]
}

/** A failed statement may have been rolled back to a savepoint; if not, COMMIT is a ROLLBACK. */
async function commit(wire: Wire): Promise<void> {
  const { results } = accepted(await wire.script('COMMIT'))
  if (results[0]?.tag === 'ROLLBACK') throw abortedError()
}

/** Parameters never enter an error. */
function accepted(answers: Answers): Answers {
  if (answers.refusal !== undefined) throw databaseError(answers.refusal)
  return answers
}

function resultOf<R extends Row>({ results }: Answers, index: number): Result<R> {
  const { rows, count, fields } = results[index] as Answer
  return { rows: rows as R[], count, fields }
}
