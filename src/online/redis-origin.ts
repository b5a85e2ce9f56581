/** Whose values a Redis holds: a project's are of one database, and of one past of it. */
import type { Redis } from '../db/redis.js'
import { FstoreError } from '../errors.js'
import { hasGoneBack, isSameOrigin, readOrigin } from './mark.js'
import type { ProjectionScope } from './projection.js'
import { projectKeys, rowPrefix, syncedField } from './redis-keys.js'
import { catalogueKeys, tellLua } from './redis-publish.js'
import { redisScript } from './redis-script.js'
import { announce } from './redis-write.js'
import { readSynced } from './synced.js'

/**
 * `asked`; `restored`: the database has gone back to an earlier state, as from a backup, and what Redis has may never
 * have been; `unfinished`: an earlier reset was cut off.
 */
export type ResetCause = 'asked' | 'restored' | 'unfinished'

export interface ResetEvent {
  readonly type: 'reset'
  readonly why: ResetCause
  /** Rows that were deleted. */
  readonly rows: number
}

/**
 * Makes sure that what Redis has of the project is of this database, and empties it of the project where it must be.
 *
 * @param options `reset`: in any case
 * @throws FstoreError REDIS_FOREIGN
 */
export async function claimRedis(
  scope: ProjectionScope,
  options: { readonly tenants: readonly string[]; readonly reset: boolean },
): Promise<ResetEvent | undefined> {
  const { redis, project } = scope
  const origin = await readOrigin({ db: scope.db, schema: scope.schemas.registry })
  const { store, synced } = projectKeys(project)
  const held = (await redis.script(claim, [store, synced], [origin])) as string
  const why = options.reset ? 'asked' : await causeOf(scope, options.tenants, origin, held)
  return why === undefined ? undefined : { type: 'reset', why, rows: await reset(redis, project, origin) }
}

/** What was sent into a Redis that does not say from where is not to be gone by. */
const claim = redisScript(`
local held = redis.call('GET', KEYS[1])
if held then return held end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]`)

const isReset = 'reset '

async function causeOf(scope: ProjectionScope, tenants: readonly string[], origin: string, held: string) {
  const unfinished = held.startsWith(isReset)
  assertSame(scope, origin, unfinished ? held.slice(isReset.length) : held)
  if (unfinished) return 'unfinished'
  for (const tenant of tenants) if (await isRestored(scope, tenant)) return 'restored'
  return undefined
}

/** @throws FstoreError REDIS_FOREIGN */
export async function assertOrigin(scope: ProjectionScope): Promise<void> {
  const held = (await scope.redis.command('get', projectKeys(scope.project).store)) as string | null
  if (held === null) return
  const origin = await readOrigin({ db: scope.db, schema: scope.schemas.registry })
  assertSame(scope, origin, held.startsWith(isReset) ? held.slice(isReset.length) : held)
}

function assertSame({ redis, project }: ProjectionScope, origin: string, held: string): void {
  if (isSameOrigin(origin, held)) return
  throw new FstoreError('REDIS_FOREIGN', `Redis at ${redis.place} holds values of another database.`, {
    why: `The project "${project}" was filled from it under the same name.`,
    fix: 'Run `fstore sync --full` to replace them, or give this project another Redis or another name.',
  })
}

/** By the newest of what was sent for the tenant. */
async function isRestored({ db, redis, schemas, project }: ProjectionScope, tenant: string): Promise<boolean> {
  const fields = await readSynced(redis, project)
  const head = syncedField(tenant, { group: '', fingerprint: '' }).slice(0, -1)
  const marks = [...fields]
    .filter(([field]) => field.startsWith(head))
    .map(([, { bound, at = 0, job = null, next }]) => next ?? { bound: bound ?? '0', at, job })
  const newest = marks.sort((a, b) => b.at - a.at)[0]
  return newest !== undefined && hasGoneBack({ db, schema: schemas.registry }, tenant, newest)
}

/** Readers ask Postgres from the first moment on. Who sends rows meanwhile finds at the end that they do not count. */
async function reset(redis: Redis, project: string, origin: string): Promise<number> {
  const { store, synced } = projectKeys(project)
  await redis.script(empty, [...catalogueKeys(project), store, synced], [Date.now(), `${isReset}${origin}`])
  let rows = 0
  for await (const names of redis.scan(rowPrefix(project))) rows += await redis.unlink(names)
  await announce(redis, project, '*')
  await redis.script(finish, [store, synced], [origin])
  return rows
}

const empty = redisScript(`${tellLua}
redis.call('DEL', KEYS[1], KEYS[2], KEYS[5])
redis.call('SET', KEYS[4], ARGV[2])
tell()`)

const finish = redisScript(`
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1])`)
