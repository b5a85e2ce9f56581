/** Whether a store can be read and written at this moment: for whoever decides if requests are sent to it. */
import type { Database } from '../db/database.js'
import { migrationStatus } from '../db/migrate.js'
import type { Redis } from '../db/redis.js'
import { FstoreError } from '../errors.js'

/** Milliseconds that Redis is given. */
const patience = 500

/** Whether the store can be read and written now, by backend. */
export interface Readiness {
  /** Reads are answered as long as Postgres is ready: without Redis they go there. */
  readonly ready: boolean
  /** `behind`: a migration is to be applied. Those of a newer fstore are no hindrance: readers live through them. */
  readonly database: 'ready' | 'behind' | 'unreachable'
  readonly redis: 'ready' | 'unreachable' | 'none'
  /** Redis failed, and reads go to Postgres until it is sound again. */
  readonly passesRedis: boolean
  /** What is wrong, in words. */
  readonly why: readonly string[]
}

export async function readiness(scope: {
  readonly db: Database
  readonly redis: Redis | undefined
  readonly schema: string
  readonly passesRedis: boolean
}): Promise<Readiness> {
  const { passesRedis } = scope
  const [database, redis] = await Promise.all([databaseState(scope), redisState(scope)])
  const why = [database.why, redis.why].filter((one) => one !== undefined)
  return { ready: database.state === 'ready', database: database.state, redis: redis.state, passesRedis, why }
}

interface State<S> {
  readonly state: S
  readonly why?: string
}

async function databaseState(scope: { db: Database; schema: string }): Promise<State<Readiness['database']>> {
  try {
    const pending = (await migrationStatus(scope)).filter(({ state }) => state === 'pending')
    if (pending.length === 0) return { state: 'ready' }
    return { state: 'behind', why: `Migrations to be applied: ${pending.map(({ name }) => name).join(', ')}.` }
  } catch (error) {
    return { state: 'unreachable', why: wordsOf(error) }
  }
}

async function redisState({ redis }: { redis: Redis | undefined }): Promise<State<Readiness['redis']>> {
  if (redis === undefined) return { state: 'none' }
  try {
    await redis.send([['ping']], patience)
    return { state: 'ready' }
  } catch (error) {
    return { state: 'unreachable', why: wordsOf(error) }
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof FstoreError) return [error.message, error.why].filter(Boolean).join(' ')
  return error instanceof Error ? error.message : String(error)
}
