/** After a pointer was moved in Postgres: the values it now points to into Redis, and then its pointer, too. */
import { isRedisFailure } from '../db/redis-failure.js'
import { readActive } from '../online/redis-publish.js'
import { sync } from '../online/sync.js'
import type { BuildScope } from './execute.js'
import { Run } from './run.js'

/** `latest`: Redis has nothing of the group. `behind`: it could not be brought there, and still shows what it did. */
export type Followed =
  | { readonly state: 'redis'; readonly rows: number }
  | { readonly state: 'latest' }
  | { readonly state: 'behind'; readonly why: string }

export async function followInRedis(scope: BuildScope, group: string): Promise<Followed> {
  const { redis, project } = scope
  if (redis === undefined) return { state: 'latest' }
  try {
    if (!(await readActive(redis, project.name)).has(group)) return { state: 'latest' }
    const { groups } = await new Run(sync(scope, { groups: [group], allTenants: true }))
    return { state: 'redis', rows: groups.reduce((sum, { rows }) => sum + rows, 0) }
  } catch (error) {
    if (!isRedisFailure(error)) throw error
    return { state: 'behind', why: `${error.message} ${error.why ?? ''}`.trim() }
  }
}
