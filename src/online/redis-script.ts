/** A Lua script with the name that Redis knows it by. */
import { createHash } from 'node:crypto'
import type { RedisScript } from '../db/redis.js'

export function redisScript(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}
