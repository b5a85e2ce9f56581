/** Postgres inside this process: PGlite, for a project without a server. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { PGlite, Transaction as PGliteTransaction, Results } from '@electric-sql/pglite'
import { FstoreError } from '../errors.js'
import { openCluster } from './cluster.js'
import { CopyReader, copyMessages, queryMessage } from './copy-message.js'
import type { Database, Result, Row, Session, Transaction } from './database.js'
import { abortedError, databaseError, isServerError, roleError } from './failure.js'
import { acquireLock, type Lock } from './lock.js'
import { sessionSettings, transactionModes } from './session.js'
import { defaultCacheDirectory } from './template.js'
import { encode } from './types.js'

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

class EmbeddedDatabase implements Database {
  readonly kind = 'pglite'
  readonly connections = 1
  readonly #options: PGliteOptions
  #opening: Promise<PGlite> | undefined
  #lock: Lock | undefined
  #closing: Promise<void> | undefined
  /** The transaction that the code now running belongs to. */
  readonly #running = new AsyncLocalStorage<{ open: boolean }>()

  constructor(options: PGliteOptions) {
    this.#options = options
  }

  transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#transaction(session, async (inner) => {
      const tx = new EmbeddedTransaction(inner, await this.#open())
      const result = await work(tx)
      await tx.assertNotAborted()
      return result
    })
  }

  async query<R extends Row = Row>(
    session: Session,
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Result<R>> {
    const result = await this.#transaction(session, (inner) => translated(inner.query<R>(sql, parameters.map(encode))))
    return toResult(result)
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
      const database = await opening?.catch(() => undefined)
      await database?.close()
    } finally {
      this.#lock?.release()
    }
  }

  async #transaction<T>(session: Session, work: (inner: PGliteTransaction) => Promise<T>): Promise<T> {
    if (this.#running.getStore()?.open) {
      throw new FstoreError('INTERNAL', 'A transaction was begun inside another on the embedded database.')
    }
    const database = await this.#open()
    // The engine never leaves this turn of the event loop by itself: timers, sockets and Ctrl-C would starve.
    await setImmediate()
    const running = { open: true }
    try {
      return await translated(
        database.transaction(async (inner) => {
          await setUp(inner, session, this.#options.directory)
          return this.#running.run(running, () => work(inner))
        }),
      )
    } finally {
      running.open = false
    }
  }

  #open(): Promise<PGlite> {
    if (this.#closing !== undefined) throw new FstoreError('INTERNAL', 'The database was used after it was closed.')
    if (this.#opening === undefined) {
      this.#opening = this.#openOnce()
      this.#opening.catch(() => {
        this.#opening = undefined
      })
    }
    return this.#opening
  }

  async #openOnce(): Promise<PGlite> {
    const { directory, cacheDirectory = defaultCacheDirectory(), whenWanted } = this.#options
    if (directory === undefined) return openCluster({ cacheDirectory })
    const lock = await acquireLock(`${directory}.lock`, { whenWanted })
    try {
      const database = await openCluster({ directory, cacheDirectory })
      this.#lock = lock
      return database
    } catch (error) {
      lock.release()
      throw error
    }
  }
}

class EmbeddedTransaction implements Transaction {
  readonly #inner: PGliteTransaction
  readonly #database: PGlite
  #failed = false

  constructor(inner: PGliteTransaction, database: PGlite) {
    this.#inner = inner
    this.#database = database
  }

  async query<R extends Row = Row>(sql: string, parameters: readonly unknown[] = []): Promise<Result<R>> {
    return toResult(await this.#noticing(this.#inner.query<R>(sql, parameters.map(encode))))
  }

  async script(sql: string): Promise<void> {
    await this.#noticing(this.#inner.exec(sql))
  }

  /** The text is held in memory whole. */
  async copyFrom(copySql: string, csv: AsyncIterable<Uint8Array>): Promise<number> {
    const message = await copyMessages(copySql, csv)
    const { messages } = await this.#noticing(this.#database.execProtocol(message, { syncToFs: false }))
    const complete = messages.find((one) => one.name === 'commandComplete') as { text?: string } | undefined
    return Number(complete?.text?.match(/\d+$/)?.[0] ?? 0)
  }

  /** The engine runs a statement to its end before anyone can read, so what it copies waits in a file. */
  async *copyTo(copySql: string): AsyncGenerator<Uint8Array> {
    const folder = await mkdtemp(join(tmpdir(), 'fstore-copy-'))
    const path = join(folder, 'rows')
    try {
      const file = openSync(path, 'wx', 0o600)
      const reader = new CopyReader((data) => writeSync(file, data))
      const options = { syncToFs: false, onRawData: (data: Uint8Array) => reader.push(data) }
      try {
        await this.#database.execProtocolRawStream(queryMessage(copySql), options)
      } finally {
        closeSync(file)
      }
      if (reader.error !== undefined) {
        this.#failed = true
        throw reader.error
      }
      yield* createReadStream(path)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** A failed statement may have been rolled back to a savepoint; if not, COMMIT would quietly be a ROLLBACK. */
  async assertNotAborted(): Promise<void> {
    if (!this.#failed) return
    await this.#inner.query('SELECT 1').catch(() => {
      throw abortedError()
    })
  }

  async #noticing<T>(result: Promise<T>): Promise<T> {
    try {
      return await translated(result)
    } catch (error) {
      this.#failed = true
      throw error
    }
  }
}

async function setUp(inner: PGliteTransaction, session: Session, directory: string | undefined): Promise<void> {
  const modes = transactionModes(session)
  if (modes !== '') await inner.exec(`SET TRANSACTION ${modes}`)
  const { text, values } = sessionSettings(session)
  try {
    await inner.query(text, values)
  } catch (error) {
    throw roleError(error, session, directory) ?? error
  }
}

function toResult<R extends Row>(result: Results<R>): Result<R> {
  return {
    rows: result.rows,
    count: result.rowCount ?? 0,
    fields: result.fields.map((field) => ({ name: field.name, type: field.dataTypeID })),
  }
}

/** PGlite's errors carry the statement and its parameters along; ours do not. */
async function translated<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw isServerError(error) ? databaseError(error) : error
  }
}
