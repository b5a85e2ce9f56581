/** The texts of rows in Redis, by their names. */
import type { Redis } from '../db/redis.js'

/** In the order of the names; null where there is none. */
export async function readTexts(redis: Redis, names: readonly string[]): Promise<(string | null)[]> {
  const texts: (string | null)[] = names.map(() => null)
  if (names.length === 0) return texts
  const parts = await redis.together(names)
  const replies = await redis.send(parts.map((part) => ['mget', ...part.map((i) => names[i] as string)]))
  for (const [p, part] of parts.entries())
    for (const [k, i] of part.entries()) texts[i] = (replies[p] as (string | null)[])[k] ?? null
  return texts
}
