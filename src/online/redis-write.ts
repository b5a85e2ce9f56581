/** Rows into Redis: the newer one stays, whichever comes last; Redis itself compares them. */
import { createHash } from 'node:crypto'
import type { Redis, RedisScript } from '../db/redis.js'
import { projectKeys } from './redis-keys.js'

export interface RedisRow {
  readonly name: string
  /** A packed row as JSON; a tombstone has its stamp alone. */
  readonly text: string
  /** Milliseconds since 1970; 0: never. */
  readonly expiresAt: number
}

const lua = `
local written = 0
for i, key in ipairs(KEYS) do
  local row, at = ARGV[2 * i - 1], ARGV[2 * i]
  -- Both begin with ["<write stamp>", a text that sorts by time.
  if redis.call('GETRANGE', key, 0, 34) <= string.sub(row, 1, 35) then
    if at == '0' then redis.call('SET', key, row) else redis.call('SET', key, row, 'PXAT', at) end
    written = written + 1
  end
end
return written`

const script: RedisScript = { lua, sha: createHash('sha1').update(lua).digest('hex') }

/** @returns how many were written: not those that Redis had newer */
export async function writeRows(redis: Redis, rows: readonly RedisRow[]): Promise<number> {
  if (rows.length === 0) return 0
  const groups = await redis.together(rows.map(({ name }) => name))
  const counts = await Promise.all(
    groups.map((group) => {
      const own = group.map((i) => rows[i] as RedisRow)
      const words = own.flatMap(({ text, expiresAt }) => [text, expiresAt])
      const names = own.map(({ name }) => name)
      return redis.script(script, names, words) as Promise<number>
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** How long a removed row is remembered, so that a slow writer cannot bring an older one back: milliseconds. */
const remembered = 86_400_000

/** @param stamp of the write that removed the row */
export function tombstone(name: string, stamp: string, lifetime = remembered): RedisRow {
  return { name, text: JSON.stringify([stamp]), expiresAt: Date.now() + lifetime }
}

/** Tells the processes that keep rows in memory which of them were written; `*`: many. */
export async function announce(redis: Redis, project: string, names: readonly string[] | '*'): Promise<void> {
  const message = names === '*' || names.length > 1000 ? '*' : JSON.stringify(names)
  await redis.command('publish', projectKeys(project).written, message)
}
