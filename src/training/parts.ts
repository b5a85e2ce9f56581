/** A spine in contiguous parts, each joined on a connection of its own, all of one snapshot, read in order. */
import { type Database, DatabaseError, type Session, type Transaction } from '../db/database.js'
import { FstoreError } from '../errors.js'

export interface Part {
  /** Ordinals, both inclusive. */
  readonly from: number
  readonly to: number
}

/** Postgres runs a LATERAL … LIMIT on one core, so a large spine is worth several connections; a small one is not. */
const rowsWorthAConnection = 50_000
const most = 4

/** One connection of the pool stays free, for what a reader of the rows may ask meanwhile. */
export function split(rows: number, connections: number, rowsPerConnection = rowsWorthAConnection): Part[] {
  const count = Math.max(1, Math.min(most, connections - 1, Math.floor(rows / rowsPerConnection)))
  const size = Math.ceil(rows / count)
  return Array.from({ length: count }, (_, i) => ({ from: i * size + 1, to: Math.min(rows, (i + 1) * size) }))
}

/** Databases of which someone holds several connections. Were there two, each could wait for what the other has. */
const busy = new WeakSet<Database>()

/**
 * Runs `join` for all parts side by side, then `read` for one after another in order. The first part's transaction
 * lends its snapshot to the others and stays open until they have it. While one such run is under way in the process,
 * others have one part only.
 *
 * @returns what `join` gave for each part
 */
export async function runParts<T>(options: PartsOptions<T>): Promise<T[]> {
  const { db, rows, rowsPerConnection } = options
  const parts = split(rows, busy.has(db) ? 1 : db.connections, rowsPerConnection)
  if (parts.length === 1) return run(parts, options)
  busy.add(db)
  try {
    return await run(parts, options)
  } finally {
    busy.delete(db)
  }
}

/** All rows as one part of a transaction under way. */
export async function runWhole<T>(tx: Transaction, rows: number, { join, read }: PartWork<T>): Promise<T> {
  const part = { from: 1, to: rows }
  const joined = await join(tx, part)
  await read(tx, part, Promise.resolve())
  return joined
}

interface PartsOptions<T> extends PartWork<T> {
  readonly db: Database
  readonly session: Session
  readonly rows: number
  readonly rowsPerConnection?: number | undefined
}

/** What is done with a part. */
export interface PartWork<T> {
  join(tx: Transaction, part: Part): Promise<T>
  /** May begin at once, and must hand nothing on before its turn. */
  read(tx: Transaction, part: Part, turn: Promise<void>): Promise<void>
}

async function run<T>(parts: readonly Part[], options: PartsOptions<T>): Promise<T[]> {
  const { db, join, read } = options
  const session: Session = { ...options.session, isolation: 'repeatable read' }
  const snapshot = deferred<string>()
  const turns = parts.map(() => deferred<void>())
  const begun = parts.map(() => deferred<void>())
  turns[0]?.resolve()
  const fail = (error: unknown) => {
    for (const promise of [snapshot, ...turns, ...begun]) promise.reject(error)
  }
  const runOne = async (part: Part, i: number): Promise<T> => {
    const own = i === 0 ? session : { ...session, snapshot: await snapshot.promise }
    // In order: where connections are few, the first ones must not be those whose turn comes last.
    await begun[i - 1]?.promise
    let entered = false
    const transaction = db.transaction(own, async (tx) => {
      entered = true
      begun[i]?.resolve()
      if (i === 0 && parts.length > 1) snapshot.resolve(await exportSnapshot(tx))
      const joined = await join(tx, part)
      await read(tx, part, (turns[i] as Deferred<void>).promise)
      turns[i + 1]?.resolve()
      if (i === 0) await Promise.all(begun.map(({ promise }) => promise))
      return joined
    })
    return transaction.catch((error: unknown) => Promise.reject(entered ? error : snapshotError(error)))
  }
  const all = parts.map((part, i) =>
    runOne(part, i).catch((error: unknown) => {
      fail(error)
      throw error
    }),
  )
  const settled = await Promise.allSettled(all)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return settled.map((one) => (one as PromiseFulfilledResult<Awaited<T>>).value)
}

/** The first transaction waits for all others to begin: where its snapshot is not there, its connection is not. */
function snapshotError(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.code !== '22023') return error
  return new FstoreError('DATABASE_UNREACHABLE', 'The connection that the export began on was lost.', {
    cause: error,
    fix: 'Run the export again.',
  })
}

async function exportSnapshot(tx: Transaction): Promise<string> {
  const { rows } = await tx.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot')
  return (rows[0] as { snapshot: string }).snapshot
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  // A part that failed ends the others; whoever does not wait for this need not hear of it.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
