/** Whether Redis has what it should have of a group, told from its first rows. */
import { isRedisFailure } from '../db/redis-failure.js'
import { schemasOf } from '../offline/feature-table.js'
import { readLatest } from './latest-rows.js'
import { readPublished } from './projected.js'
import { readTexts } from './redis-read.js'
import type { SyncScope } from './sync.js'

export interface RedisGlance {
  /** Latest rows that should be there. */
  readonly looked: number
  readonly found: number
}

/** Rows that are looked at. */
const few = 200

/** Null without a Redis, or where it cannot be reached. */
export async function glanceAtRedis(scope: SyncScope, group: string): Promise<RedisGlance | null> {
  const { db, redis, project, tenant } = scope
  if (redis === undefined) return null
  const { registry, online } = schemasOf(project.schema)
  const published = await db.transaction({ role: 'owner', readOnly: true }, (tx) => readPublished(tx, registry))
  const version = published.find((one) => one.group === group)
  if (version === undefined) return null
  const names: string[] = []
  const from = { db, schema: online, project: project.name, tenant, version }
  for await (const rows of readLatest(from, { after: null, limit: few }))
    for (const { name, text, expiresAt } of rows)
      if (!isTombstone(text) && (expiresAt === 0 || expiresAt > Date.now())) names.push(name)
  try {
    const texts = await readTexts(redis, names)
    return { looked: names.length, found: texts.filter((text) => text !== null && !isTombstone(text)).length }
  } catch (error) {
    if (!isRedisFailure(error)) throw error
    return null
  }
}

function isTombstone(text: string): boolean {
  return (JSON.parse(text) as unknown[]).length === 1
}
