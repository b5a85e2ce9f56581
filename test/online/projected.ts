/** A project on one of the tests' databases and on Redis: built, sent, and compared with what Redis then holds. */

import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import type { AnyGroup } from '../../src/config/define.js'
import { openRedis, Redis, type RedisScript } from '../../src/db/redis.js'
import { redisTarget } from '../../src/db/redis-target.js'
import { batch, entity, int64, string } from '../../src/index.js'
import { projectKeys, rowName, rowPrefix } from '../../src/online/redis-keys.js'
import { type SyncEvent, type SyncOptions, type SyncResult, sync } from '../../src/online/sync.js'
import { type VerifyOptions, type VerifyReport, verify } from '../../src/online/verify.js'
import { sqlOf, Trial } from '../plan/trial.js'
import type { Given } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'

const user = entity('user', { user_id: 'string' })

/** What each user of `source` has spent by day. */
export function spent(options: { ttl?: '1d' | '36500d'; factor?: number; retention?: '36500d' } = {}): AnyGroup {
  const { factor = 1, ...rest } = options
  return batch('spent', {
    entity: user,
    every: '1d',
    start: '2024-03-01',
    end: '2024-03-04',
    partition: 'none',
    ...rest,
    sql: sqlOf(`SELECT user_id, sum(amount)::bigint * ${factor} AS spent, max(note) AS note FROM source
      WHERE at >= :start_time AND at < :end_time AND tenant = :tenant_id GROUP BY user_id`),
    features: { spent: int64(), note: string() },
  })
}

export interface Sync extends SyncResult {
  readonly events: readonly SyncEvent[]
}

export class Projected extends Trial {
  declare readonly redis: Redis

  /** @param redis another way to the same Redis */
  async sync(options: SyncOptions = {}, redis: Redis = this.redis): Promise<Sync> {
    const events: SyncEvent[] = []
    const work = sync({ ...this.scope, redis }, options)
    for (;;) {
      const next = await work.next()
      if (next.done) return { ...next.value, events }
      events.push(next.value)
    }
  }

  verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return verify(this.scope, options)
  }

  override as(tenant: string): Projected {
    const { db, redis, schema } = this
    return new Projected({ db, redis, schema, project: this.project.name, tenant }).declare(...this.groups)
  }

  /** What Redis has of a group's live version for the tenant, by key: packed rows, without tombstones. */
  async inRedis(group = 'spent'): Promise<Record<string, string>> {
    const { definition } = await this.compiled(group)
    const found: Record<string, string> = {}
    const { name: project } = this.project
    for await (const names of this.redis.scan(rowPrefix(project, this.tenant)))
      for (const [i, text] of ((await this.redis.command('mget', ...names)) as (string | null)[]).entries()) {
        const name = names[i] as string
        const key = decodeURIComponent(/^fs:\{[^:]+:[^:]+:user:(.*)\}/.exec(name)?.[1] as string)
        const isOfVersion = name.endsWith(`:${group}@${definition.fingerprint}`)
        if (isOfVersion && text !== null && JSON.parse(text).length > 1) found[key] = text
      }
    return found
  }

  /** What it should have, by SQL that is not the projection's. */
  async inLatest(group = 'spent'): Promise<Record<string, string>> {
    const { table } = await this.compiled(group)
    const rows = await this.rows<{ user_id: string; text: string }>(`SELECT user_id,
      json_build_array(written_at, event_timestamp, spent, note)::text AS text FROM ${table.latest}
      WHERE superseded_at IS NULL`)
    return Object.fromEntries(rows.map(({ user_id, text }) => [user_id, text]))
  }

  nameOf(key: string, fingerprint: string, group = 'spent'): string {
    return rowName({ project: this.project.name, tenant: this.tenant, entity: 'user', key: [key], group, fingerprint })
  }
}

/** So many rows. On a server of many databases what is still running elsewhere makes some be sent twice. */
export function sentRows(given: Given, rows: number): number {
  return given.kind === 'pglite' ? rows : (expect.any(Number) as unknown as number)
}

/** A Redis with which something is done, and awaited, before the n-th script that puts rows into it. */
export class Watched extends Redis {
  #calls = 0
  readonly #at: number
  readonly #act: () => unknown

  constructor(url: string, at: number, act: () => unknown) {
    super(redisTarget(url))
    this.#at = at
    this.#act = act
  }

  override async script(script: RedisScript, keys: readonly string[], words: readonly (string | number)[]) {
    if (script.lua.includes('GETRANGE') && ++this.#calls === this.#at) await this.#act()
    return super.script(script, keys, words)
  }
}

/** An empty source, project and Redis for every test. */
export function givenProjected(given: Given): { readonly store: Projected; readonly url: string } {
  const project = givenProject('redis')
  const own = { store: undefined as unknown as Projected, url: '' }
  let redis: Redis
  beforeAll(async () => {
    own.url = (await server('redis')).url
    redis = openRedis({ url: own.url })
  })
  beforeEach(async () => {
    own.store = new Projected({ db: given.db, schema: 'projected', project, redis }).declare(spent())
    await own.store.script(`CREATE TABLE source (tenant text, user_id text, amount bigint, note text, at timestamptz)`)
    await own.store.migrate()
    await own.store.script('GRANT SELECT ON source TO fstore_app')
  })
  afterEach(async () => {
    await own.store.drop()
    await own.store.script('DROP TABLE source')
    for await (const names of redis.scan(rowPrefix(project))) await redis.unlink(names)
    await redis.unlink(Object.values(projectKeys(project)))
  })
  afterAll(() => redis?.close())
  return own
}
