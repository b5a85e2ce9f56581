import { batch, defineConfig, entity, int64, sql } from '../../src/index.js'

export const score = (project: string) =>
  defineConfig({
    project,
    groups: [
      batch('score', {
        entity: entity('user', { user_id: 'string' }),
        start: '2026-03-01',
        end: '2026-03-02',
        features: { points: int64() },
        sql: sql`SELECT user_id, points FROM scores`,
      }),
    ],
  })
