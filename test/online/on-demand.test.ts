/** On-demand SQL reads Postgres: what Redis was never told of is there all the same. */
import { expect, test } from '@jest/globals'
import { batch, createFeatureStore, defineConfig, entity, int64, onDemand, sql } from '../../src/index.js'
import { createDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'

const user = entity('user', { user_id: 'string' })
const span = { start: '2024-02-28', end: '2024-02-29' } as const
const groupOf = (name: string) =>
  batch(name, {
    ...{ entity: user, ...span },
    sql: sql`SELECT 'u' AS user_id, 7::bigint AS n`,
    features: { n: int64() },
  })
const asked = onDemand('asked', {
  entity: user,
  sql: sql`SELECT max(n) AS most FROM fstore_offline.unsent WHERE user_id = :user_id AND event_timestamp <= :at`,
  features: { most: int64() },
})
const project = givenProject('redis')

test('groups that were not sent to Redis are read by SQL, alone and beside what was sent', async () => {
  const own = await createDatabase()
  const profiles = { default: { database: own.ownerUrl, redis: (await server('redis')).url } }
  const config = defineConfig({ project, groups: [groupOf('sent'), groupOf('unsent'), asked], profiles })
  const store = createFeatureStore(config)
  try {
    expect(await store.build({ select: ['sent'], online: true })).toMatchObject({ status: 'done' })
    expect(await store.build()).toMatchObject({ status: 'done' })
    for (const features of [['asked.most'], ['asked.most', 'sent.n']] as const)
      expect((await store.getFeatures({ entity: 'user', key: 'u', features })).values).toMatchObject({
        'asked.most': 7,
      })
  } finally {
    await store.close()
    await own.drop()
  }
})
