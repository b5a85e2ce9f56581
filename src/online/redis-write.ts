/** Rows into Redis: the newer one stays, whichever comes last; Redis itself compares them. */
import type { Redis } from '../db/redis.js'
import { projectKeys } from './redis-keys.js'
import { redisScript } from './redis-script.js'

export interface RedisRow {
  readonly name: string
  /** A packed row as JSON; a tombstone has its stamp alone. */
  readonly text: string
  /** Milliseconds since 1970; 0: never. */
  readonly expiresAt: number
}

/**
 * Most rows are new: one call puts such a row there, and only where there is one already are the two compared. Both
 * begin with `["<write stamp>"`, a text that sorts by time. Expiries follow the rows, where any of them has one.
 */
const script = redisScript(`
local call, sub, n = redis.call, string.sub, #KEYS
local expire = #ARGV > n
local written = 0
for i = 1, n do
  local key, row, at = KEYS[i], ARGV[i], expire and ARGV[n + i] or '0'
  local isNew
  if at == '0' then isNew = call('SETNX', key, row) == 1 else isNew = call('SET', key, row, 'NX', 'PXAT', at) end
  if not isNew and call('GETRANGE', key, 0, 34) <= sub(row, 1, 35) then
    if at == '0' then call('SET', key, row) else call('SET', key, row, 'PXAT', at) end
    isNew = true
  end
  if isNew then written = written + 1 end
end
return written`)

/**
 * @param within milliseconds that a batch may take
 * @returns how many were written: not those that Redis had newer
 */
export async function writeRows(redis: Redis, rows: readonly RedisRow[], within?: number): Promise<number> {
  if (rows.length === 0) return 0
  const groups = await redis.together(rows.map(({ name }) => name))
  const counts = await Promise.all(
    groups.map((group) => {
      const own = group.map((i) => rows[i] as RedisRow)
      const words: (string | number)[] = own.map(({ text }) => text)
      if (own.some(({ expiresAt }) => expiresAt > 0)) words.push(...own.map(({ expiresAt }) => expiresAt))
      const names = own.map(({ name }) => name)
      return redis.script(script, names, words, within) as Promise<number>
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** How long a removed row is remembered, so that a slow writer cannot bring an older one back: milliseconds. */
export const remembered = 86_400_000

/** @param stamp of the write that removed the row */
export function tombstone(name: string, stamp: string, lifetime = remembered): RedisRow {
  return { name, text: JSON.stringify([stamp]), expiresAt: Date.now() + lifetime }
}

/** Tells the processes that keep rows in memory which of them were written; `*`: many. */
export async function announce(
  redis: Redis,
  project: string,
  names: readonly string[] | '*',
  within?: number,
): Promise<void> {
  const message = names === '*' || names.length > 1000 ? '*' : JSON.stringify(names)
  await redis.send([['publish', projectKeys(project).written, message]], within)
}
