/** A config of everything that an agent's tool has to hand over: keys of several types, ages, values that JSON lacks. */
import {
  batch,
  bool,
  defineConfig,
  entity,
  float64,
  int64,
  service,
  sql,
  stream,
  string,
  timestamp,
} from '../../src/index.js'

const user = entity('user', { user_id: 'string' }, { description: 'Who has an account.' })
const conversation = entity('conversation', { user_id: 'string', conversation_id: 'int64' })
const once = { every: '1d', start: '2024-03-01', end: '2024-03-02' } as const

const profile = stream('profile', {
  entity: user,
  description: 'What a user does.',
  tags: ['growth'],
  features: {
    clicks: int64({ description: 'Clicks in all.' }),
    balance: int64({ as: 'bigint' }),
    score: float64(),
    plan: string({ allowedValues: ['free', 'pro'] }),
    seen: timestamp(),
  },
})
const offers = stream('offers', { entity: user, ttl: '1s', features: { open: int64() } })
const secrets = stream('secrets', { entity: user, features: { shoe_size: int64() } })
const talk = batch('talk', {
  entity: conversation,
  ...once,
  ttl: '3650d',
  sql: sql`SELECT 'u1' AS user_id, 9007199254740993 AS conversation_id, true AS is_open, 4 AS messages`,
  features: { is_open: bool(), messages: int64() },
})
const idle = batch('idle', { entity: user, ...once, sql: sql`SELECT 1`, features: { never: int64() } })

export const configOf = (project: string, profiles: Record<string, { database: string; redis?: string }> = {}) =>
  defineConfig({
    project,
    groups: [profile, offers, secrets, talk, idle],
    services: [
      service('turn', [profile.pick('clicks', 'plan'), talk.pick('messages')], { description: 'What a turn needs.' }),
      service('private', [secrets.pick('shoe_size')]),
    ],
    profiles,
  })
