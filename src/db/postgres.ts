/** Postgres over the network, through `pg`. */

import { pipeline } from 'node:stream/promises'
import type { ClientBase, ClientConfig, Connection, Pool, PoolClient, QueryResult } from 'pg'
import type { CopyToStreamQuery } from 'pg-copy-streams'
import { FstoreError } from '../errors.js'
import type { Database, Result, Row, Session, Transaction } from './database.js'
import { abortedError, databaseError, isServerError, roleError } from './failure.js'
import { sessionSettings, transactionModes } from './session.js'
import { literal } from './sql.js'
import { type Target, targetOfPool, targetOfUrl } from './target.js'
import { encode, parserFor } from './types.js'
import { isConnectionFailure, unreachable } from './unreachable.js'

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database?sslmode=…` */
  readonly url?: string | undefined
  /** The caller's own pool: used as it is, never ended by fstore. */
  readonly pool?: Pool | undefined
  /** Connections at most; 5 unless told. Not for a caller's pool. */
  readonly max?: number | undefined
  readonly applicationName?: string | undefined
  /** Milliseconds to wait for a new connection; 5,000 unless told. */
  readonly connectTimeout?: number | undefined
}

/**
 * Opens a database by URL or on a caller's pool. Nothing is loaded or connected before the first use. It keeps no
 * state in a session, so it may stand behind a transaction pooler such as PgBouncer.
 *
 * A `transaction` inside another's work takes a second connection, and waits for ever when there is none left.
 *
 * @throws FstoreError CONFIG_INVALID where the URL is not one.
 */
export function openPostgres(options: PostgresOptions): Database {
  return new Postgres(options)
}

/** Asks pg for values as text and reads them by our own table, whatever parsers the pool's owner set. */
const types = { getTypeParser: (type: number) => parserFor(type) } as ClientConfig['types'] & {}

/** What is to be known of a server before its first transaction. */
const versions = `SELECT current_setting('server_version_num') AS server_version_num,
  (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'vector') AS vector`

class Postgres implements Database {
  readonly kind = 'postgres'
  readonly connections: number
  readonly #options: PostgresOptions
  readonly #target: Target
  #pool: Promise<Pool> | undefined
  #checked = false
  /** Where pgvector is, quoted. */
  #vectorSchema: string | undefined
  #closed = false

  constructor(options: PostgresOptions) {
    this.#options = options
    this.connections = options.pool ? 1 : (options.max ?? 5)
    this.#target = options.pool ? targetOfPool(options.pool) : targetOfUrl(options.url ?? '')
  }

  async transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      await this.#begin(client, session)
      const result = await work({
        query: (sql, parameters) => this.#query(client, sql, parameters),
        script: (sql) => this.#script(client, sql),
        copyFrom: (copySql, csv) => this.#copyFrom(client, copySql, csv),
        copyTo: (copySql) => this.#copyTo(client, copySql),
      })
      const commit = await this.#send(client, 'COMMIT')
      if (commit.command === 'ROLLBACK') throw abortedError()
      return result
    })
  }

  /** On our own pool all four statements leave in one round trip. What only reads is asked once more where it is lost. */
  async query<R extends Row = Row>(session: Session, sql: string, parameters?: readonly unknown[]): Promise<Result<R>> {
    const ask = async (client: PoolClient) => {
      if (!isPipelined(client)) {
        await this.#begin(client, session)
        const result = await this.#query<R>(client, sql, parameters)
        await this.#send(client, 'COMMIT')
        return result
      }
      const sent = [
        this.#begin(client, session),
        this.#query<R>(client, sql, parameters),
        this.#send(client, 'COMMIT'),
      ] as const
      await allOrFirstFailure(sent)
      return sent[1]
    }
    return this.#withClient(ask, session.readOnly === true)
  }

  async close(): Promise<void> {
    this.#closed = true
    const pool = this.#pool
    this.#pool = undefined
    if (!this.#options.pool) await (await pool)?.end()
  }

  #lendingPool(): Promise<Pool> {
    this.#pool ??= this.#options.pool ? Promise.resolve(this.#options.pool) : this.#makePool()
    return this.#pool
  }

  async #makePool(): Promise<Pool> {
    const { default: pg } = await import('pg')
    const { connectTimeout = 5000 } = this.#options
    // Given to the pool itself, the timeout would also end the wait for a connection that another holds.
    class Client extends pg.Client {
      constructor(config: ClientConfig) {
        super({ ...config, connectionTimeoutMillis: connectTimeout })
      }

      // pg leaves the socket of a refused log-in open, and the server holds it for a minute.
      override connect(): Promise<this>
      override connect(callback: (error: Error) => void): void
      override connect(callback?: (error: Error) => void): unknown {
        return super.connect((error: Error) => {
          if (error) this.end().catch(() => {})
          callback?.(error)
        })
      }
    }
    const config = {
      connectionString: this.#options.url ?? '',
      max: this.#options.max ?? 5,
      application_name: this.#options.applicationName ?? 'fstore',
      allowExitOnIdle: true,
      keepAlive: true,
      pipeline: true,
      Client: Client as unknown as new () => ClientBase,
    }
    const pool = new pg.Pool(config)
    // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
    pool.on('error', () => {})
    return pool
  }

  /**
   * Lends a connection; rolls back and gives it back whole, or destroys it when it broke.
   *
   * @param again where the connection broke under way, the work is done once more on another: it had changed nothing
   */
  async #withClient<T>(work: (client: PoolClient) => Promise<T>, again = false): Promise<T> {
    if (this.#closed) throw new FstoreError('INTERNAL', 'The database was used after it was closed.')
    const client = await this.#connect(await this.#lendingPool())
    let broken: Error | undefined
    const onError = (error: Error) => {
      broken = error
    }
    client.on('error', onError)
    try {
      await this.#checkVersion(client)
      return await work(client)
    } catch (error) {
      // Only a broken connection refuses this, and then it is not fit to be used again.
      await client.query('ROLLBACK').catch(onError)
      if (!again || broken === undefined) throw error
    } finally {
      client.off('error', onError)
      client.release(broken)
    }
    return this.#withClient(work)
  }

  async #connect(pool: Pool): Promise<PoolClient> {
    try {
      return await pool.connect()
    } catch (error) {
      throw unreachable(error, this.#target)
    }
  }

  async #checkVersion(client: PoolClient): Promise<void> {
    if (this.#checked) return
    const { rows } = await this.#send(client, versions)
    const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000)
    if (version < 15) {
      throw new FstoreError('DATABASE_VERSION', `The server at ${this.#target.place} is PostgreSQL ${version}.`, {
        why: 'fstore needs PostgreSQL 15 or newer.',
        fix: 'Upgrade the server, or name another in the database URL.',
      })
    }
    this.#vectorSchema = rows[0]?.vector ?? undefined
    this.#checked = true
  }

  /** Without pipelining each statement waits for the one before: pg would complain of a queue. */
  async #begin(client: PoolClient, session: Session): Promise<void> {
    const begin = this.#send(client, `BEGIN ${transactionModes(session)}`)
    if (!isPipelined(client)) await begin
    // Before any query of the transaction, and so before its settings.
    if (session.snapshot !== undefined)
      await allOrFirstFailure([begin, this.#send(client, `SET TRANSACTION SNAPSHOT ${literal(session.snapshot)}`)])
    const settings = this.#translated(client.query(sessionSettings(session, this.#vectorSchema)), session)
    await allOrFirstFailure([begin, settings])
  }

  async #query<R extends Row>(
    client: PoolClient,
    sql: string,
    parameters: readonly unknown[] | undefined,
  ): Promise<Result<R>> {
    // The extended protocol refuses a second statement even where there are no parameters.
    const query = { text: sql, values: (parameters ?? []).map(encode), types, queryMode: 'extended' }
    const result = await this.#translated(client.query<R>(query))
    return {
      rows: result.rows,
      count: result.rowCount ?? 0,
      fields: result.fields.map((field) => ({ name: field.name, type: field.dataTypeID })),
    }
  }

  async #script(client: PoolClient, sql: string): Promise<void> {
    await this.#send(client, sql)
  }

  async #copyFrom(client: PoolClient, copySql: string, csv: AsyncIterable<Uint8Array>): Promise<number> {
    const { from } = await import('pg-copy-streams')
    const restore = unpipelined(client)
    try {
      const sink = client.query(from(copySql))
      await this.#translated(pipeline(csv, sink))
      return sink.rowCount
    } finally {
      restore()
    }
  }

  async *#copyTo(client: PoolClient, copySql: string): AsyncGenerator<Uint8Array> {
    const { to } = await import('pg-copy-streams')
    const restore = unpipelined(client)
    const copy = client.query(to(copySql))
    const pieces = copy[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
    let isOver = false
    const next = () =>
      this.#translated(pieces.next()).catch((error: unknown) => {
        isOver = true
        throw error
      })
    try {
      for (let piece = await next(); !piece.done; piece = await next()) yield piece.value
      isOver = true
    } finally {
      restore()
      if (!isOver) abandon(copy)
    }
  }

  #send(client: PoolClient, sql: string): Promise<QueryResult> {
    return this.#translated(client.query(sql))
  }

  async #translated<T>(result: Promise<T>, session?: Session): Promise<T> {
    try {
      return await result
    } catch (error) {
      if (isConnectionFailure(error)) throw unreachable(error, this.#target)
      const failedRole = session && roleError(error, session)
      throw failedRole ?? (isServerError(error) ? databaseError(error) : error)
    }
  }
}

function isPipelined(client: PoolClient): boolean {
  return 'pipeline' in client && client.pipeline === true
}

/** pg refuses COPY on a pipelined connection; with nothing under way it can be an ordinary one for a while. */
function unpipelined(client: PoolClient): () => void {
  const pipelined: { pipeline?: boolean } = client
  const before = pipelined.pipeline ?? false
  pipelined.pipeline = false
  return () => {
    pipelined.pipeline = before
  }
}

/** What is left unread of a COPY cannot be skipped, and a server that is not read waits; the connection goes with it. */
function abandon(copy: CopyToStreamQuery): void {
  copy.on('error', () => {})
  copy.destroy()
  const { connection } = copy as unknown as { readonly connection: Connection }
  connection.stream.destroy()
}

/** What failed first, in the order sent, is the cause; what failed behind it only follows. */
async function allOrFirstFailure(sent: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(sent)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
