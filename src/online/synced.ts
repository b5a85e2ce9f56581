/** How far the rows of one version have been sent for one tenant, as Redis itself remembers it. */

import type { Redis } from '../db/redis.js'
import { parseJson } from './json.js'
import { projectKeys, syncedField, type VersionName } from './redis-keys.js'
import { redisScript } from './redis-script.js'

/** The state of the database that rows were read in, or an earlier one. */
export interface Mark {
  /** Every row of an earlier transaction was there. */
  readonly bound: string
  /** Milliseconds since 1970, before the first row was read. */
  readonly at: number
  /** The tenant's newest job: a database that does not know it was restored to an earlier state. */
  readonly job: string | null
}

/** A pass over all rows, by key, that has not come to its end. */
export interface Pass extends Mark {
  /** The keys of the last row that was sent; null before the first. */
  readonly after: readonly string[] | null
  /** Tells it from any other. */
  readonly run: string
}

export interface Synced extends Partial<Mark> {
  /** Seconds, which expiries were reckoned with; null: none. */
  readonly ttl: number | null
  readonly next?: Pass
}

/** What was read, and the text to replace it by: empty where there was none. */
export interface HeldSynced {
  readonly text: string
  readonly state: Synced | undefined
}

/** The state of one place: a version for a tenant. */
export class SyncedPlace {
  readonly #redis: Redis
  readonly #key: string
  readonly #field: string

  constructor(redis: Redis, { project, tenant, version }: { project: string; tenant: string; version: VersionName }) {
    this.#redis = redis
    this.#key = projectKeys(project).synced
    this.#field = syncedField(tenant, version)
  }

  async read(): Promise<HeldSynced> {
    return held((await this.#redis.command('hget', this.#key, this.#field)) as string | null)
  }

  /** @returns undefined where another has changed it since: then what it says is theirs */
  async replace(before: HeldSynced, state: Synced): Promise<HeldSynced | undefined> {
    const text = JSON.stringify(state)
    const isOurs = (await this.#redis.script(exchange, [this.#key], [this.#field, before.text, text])) === 1
    return isOurs ? { text, state } : undefined
  }
}

const exchange = redisScript(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`)

/** By field, all of a project's. */
export async function readSynced(redis: Redis, project: string): Promise<Map<string, Synced>> {
  const hash = (await redis.command('hgetall', projectKeys(project).synced)) as Record<string, string>
  const states = Object.entries(hash).map(([field, text]) => [field, parsed(text)] as const)
  return new Map(states.filter((pair): pair is readonly [string, Synced] => pair[1] !== undefined))
}

function held(text: string | null): HeldSynced {
  return { text: text ?? '', state: text === null ? undefined : parsed(text) }
}

/** What cannot be read is as good as nothing: all is sent again. */
function parsed(text: string): Synced | undefined {
  const state = parseJson(text) as Synced | null | undefined
  return state?.next === undefined && state?.bound === undefined ? undefined : state
}
