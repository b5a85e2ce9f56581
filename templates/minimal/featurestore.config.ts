import { batch, defineConfig, entity, float64, int64, sqlFile, timestamp } from 'featurestore'

const user = entity('user', { user_id: 'string' })

export const userActivity = batch('user_activity', {
  description: 'What a user did lately',
  tags: ['activity'],
  entity: user,
  every: '1d',
  start: '2025-01-01',
  end: '2025-01-15', // the example data ends here; remove this line for data that goes on
  sql: sqlFile('features/user_activity.sql'),
  features: {
    events_7d: int64({ notNull: true, min: 0, description: 'Events, last 7 days' }),
    active_days_7d: int64({ notNull: true, min: 0, max: 7, description: 'Days with an event, last 7 days' }),
    spent_7d: float64({ notNull: true, min: 0, description: 'Amount of all purchases, last 7 days' }),
    last_seen_at: timestamp({ notNull: true, description: 'Newest event' }),
  },
})

export default defineConfig({ project: 'minimal', groups: [userActivity] })
