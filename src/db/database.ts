/** The one way to Postgres. Adapters hide how it is reached (`pg` or PGlite), never the SQL. */

/** Who a transaction acts as. */
export interface Session {
  /**
   * `app` is the role `fstore_app`, under row-level security: all reads and writes of data.
   * `owner` is the user who connected: migrations and the DDL of feature tables.
   */
  readonly role: 'app' | 'owner'
  /** The tenant that row-level security lets through; none lets nothing through. */
  readonly tenant?: string
  readonly readOnly?: boolean
  /** Milliseconds to wait for a lock; none waits for ever. */
  readonly lockTimeout?: number
  /** Milliseconds a statement may take. PGlite ignores it. */
  readonly statementTimeout?: number
  /** Its statements sort, join or write many rows: memory to sort in, and no compiling. */
  readonly manyRows?: boolean
  readonly isolation?: 'repeatable read'
  /** Of `pg_export_snapshot()` in another open transaction; needs `repeatable read`. */
  readonly snapshot?: string
  /**
   * The one statement comes again and again with other parameters: PGlite keeps it, with a plan for all of them.
   * Servers, which may stand behind a pooler, plan it each time.
   */
  readonly repeated?: boolean
}

/** A row by column name, parsed by the table in `types.ts`, the same for every driver. */
export type Row = Record<string, any>

export interface Result<R extends Row = Row> {
  readonly rows: R[]
  /** Rows returned or touched. */
  readonly count: number
  readonly fields: readonly Field[]
}

export interface Field {
  readonly name: string
  /** The type's OID. */
  readonly type: number
}

export interface Transaction {
  /** One statement with bound parameters `$1…`. */
  query<R extends Row = Row>(sql: string, parameters?: readonly unknown[]): Promise<Result<R>>
  /** Several statements without parameters. */
  script(sql: string): Promise<void>
  /**
   * Loads CSV bytes into a table inside this transaction. `copySql` is `COPY table (columns) FROM STDIN WITH (…)`.
   * Resolves to the number of rows.
   */
  copyFrom(copySql: string, csv: AsyncIterable<Uint8Array>): Promise<number>
  /**
   * What `COPY (…) TO STDOUT WITH (…)` writes, in pieces of any length, inside this transaction. Memory stays flat:
   * the server waits for the reader, or PGlite, which cannot wait, writes to a temporary file first.
   */
  copyTo(copySql: string): AsyncIterable<Uint8Array>
}

export interface Database {
  readonly kind: 'postgres' | 'pglite'
  /** Transactions that may surely run side by side: 1 embedded, and on a caller's pool, whose size is its own. */
  readonly connections: number
  /**
   * Runs `work` in one transaction with the session's role, tenant and settings (time zone UTC, ISO dates, a
   * fixed search_path), all set locally, so that it is safe behind a transaction pooler. Commits when `work`
   * resolves, rolls back when it rejects.
   *
   * @throws DatabaseError what the server said; FstoreError DATABASE_UNREACHABLE where it could not be asked.
   */
  transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T>
  /** One statement in a transaction of its own, in as few round trips as the driver allows. */
  query<R extends Row = Row>(session: Session, sql: string, parameters?: readonly unknown[]): Promise<Result<R>>
  close(): Promise<void>
}

/** What the server said, and nothing of what it was given: parameters never enter an error. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  /** SQLSTATE. */
  readonly code: string
  readonly detail: string | undefined
  readonly hint: string | undefined
  /** Offset into the statement in characters, from 1. */
  readonly position: number | undefined
  readonly schema: string | undefined
  readonly table: string | undefined
  readonly constraint: string | undefined

  constructor(fields: {
    code: string
    message: string
    detail?: string | undefined
    hint?: string | undefined
    position?: number | undefined
    schema?: string | undefined
    table?: string | undefined
    constraint?: string | undefined
  }) {
    super(fields.message)
    this.code = fields.code
    this.detail = fields.detail
    this.hint = fields.hint
    this.position = fields.position
    this.schema = fields.schema
    this.table = fields.table
    this.constraint = fields.constraint
  }
}
