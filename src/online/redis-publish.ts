/** The catalogue in Redis: which version of each group readers see, and what they must know of it. */
import type { Redis } from '../db/redis.js'
import type { PublishedVersion } from './projected.js'
import { projectKeys, type VersionName, versionField } from './redis-keys.js'
import { redisScript } from './redis-script.js'

/**
 * `tell()` for scripts whose third key is the catalogue's number, and whose first word the time.
 *
 * Readers look at the number with every read. One that began again at 1 could hide that Redis was emptied between.
 */
export const tellLua = `
local function tell()
  if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SET', KEYS[3], ARGV[1]) end
  redis.call('INCR', KEYS[3])
end`

/** A promotion is told by the epoch: whoever comes late with an older one changes nothing. */
const raise = redisScript(`${tellLua}
local now = redis.call('HGET', KEYS[1], ARGV[2])
local epoch = now and tonumber(string.match(now, '^%d+')) or -1
if tonumber(ARGV[3]) < epoch then return 0 end
local active = ARGV[3] .. ':' .. ARGV[4]
local same = active == now and redis.call('HGET', KEYS[2], ARGV[5]) == ARGV[6] and redis.call('EXISTS', KEYS[3]) == 1
if same then return 0 end
redis.call('HSET', KEYS[2], ARGV[5], ARGV[6])
redis.call('HSET', KEYS[1], ARGV[2], active)
tell()
return 1`)

const remove = redisScript(`${tellLua}
local removed = {}
for i = 2, #ARGV do
  if redis.call('HDEL', KEYS[1], ARGV[i]) == 1 then table.insert(removed, ARGV[i]) end
end
if #removed > 0 then tell() end
return removed`)

/** Once its values are there. @returns false where nothing was to be changed */
export async function publish(redis: Redis, project: string, version: PublishedVersion): Promise<boolean> {
  const { group, epoch, fingerprint } = version
  const words = [Date.now(), group, epoch, fingerprint, versionField(version), JSON.stringify(description(version))]
  return (await redis.script(raise, catalogueKeys(project), words)) === 1
}

/** Readers ask Postgres for these groups from now on. @returns those that were there */
export async function withdraw(redis: Redis, project: string, groups: readonly string[]): Promise<string[]> {
  if (groups.length === 0) return []
  return (await redis.script(remove, catalogueKeys(project), [Date.now(), ...groups])) as string[]
}

const removeOther = redisScript(`${tellLua}
local now = redis.call('HGET', KEYS[1], ARGV[2])
if not now or string.match(now, ':(.*)$') == ARGV[3] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2])
tell()
return 1`)

/** Readers ask Postgres for the group from now on, where they saw another version of it. @returns whether they did */
export async function withdrawOther(redis: Redis, project: string, version: VersionName): Promise<boolean> {
  const words = [Date.now(), version.group, version.fingerprint]
  return (await redis.script(removeOther, catalogueKeys(project), words)) === 1
}

/** As `tellLua` wants them. */
export function catalogueKeys(project: string): string[] {
  const { active, versions, changes } = projectKeys(project)
  return [active, versions, changes]
}

/** By group, `epoch:fingerprint`. */
export async function readActive(redis: Redis, project: string): Promise<Map<string, string>> {
  return new Map(
    Object.entries((await redis.command('hgetall', projectKeys(project).active)) as Record<string, string>),
  )
}

function description({ group, entity, version, fingerprint, keys, features }: PublishedVersion) {
  return {
    group,
    entity,
    version,
    fingerprint,
    keys,
    features: features.map(({ name, dataType, as, element, dimension }) => ({
      name,
      dataType,
      ...(as !== undefined && { as }),
      ...(element !== undefined && { element }),
      ...(dimension !== undefined && { dimension }),
    })),
  }
}
