import {
  batch,
  bool,
  dataset,
  defineConfig,
  entity,
  float64,
  int64,
  service,
  sqlFile,
  stream,
  string,
  timestamp,
} from 'featurestore'

const tenant = entity('tenant', { tenant: 'string' })
const user = entity('user', { user_id: 'string' })
const conversation = entity('conversation', { conversation_id: 'string' })
const message = entity('message', { message_id: 'string' })

/** The example data end here; remove `end` for data that go on. */
const daily = { every: '1d', start: '2025-01-01', end: '2025-04-01' } as const

const count = { notNull: true, min: 0 } as const
const rate = { min: 0, max: 1 } as const
const mood = { min: -1, max: 1 } as const

/** A SELECT for each feature. Those of one instant are put together into one row; what has none is null. */
export const tenantBatch = batch('tenant_batch', {
  description: 'How a tenant is doing',
  entity: tenant,
  ...daily,
  features: {
    total_conversations: int64({
      ...count,
      description: 'Conversations so far',
      aggregation: 'count',
      sql: sqlFile('features/tenant/total_conversations.sql'),
    }),
    avg_conversations_per_day: float64({
      ...count,
      description: 'Conversations a day, last 30 days',
      aggregation: 'avg',
      window: '30d',
      sql: sqlFile('features/tenant/avg_conversations_per_day.sql'),
    }),
    positive_feedback_rate: float64({
      ...rate,
      description: 'Share of positive feedback, last 7 days; null without feedback',
      window: '7d',
      sql: sqlFile('features/tenant/positive_feedback_rate.sql'),
    }),
    primary_language: string({
      description: 'Language of most user messages, last 30 days',
      window: '30d',
      sql: sqlFile('features/tenant/primary_language.sql'),
    }),
  },
})

/** One SELECT for all features. */
export const userBatch = batch('user_batch', {
  description: 'What a user does and likes',
  entity: user,
  ...daily,
  sql: sqlFile('features/user.sql'),
  features: {
    conversation_count: int64({ notNull: true, min: 1, description: 'Conversations so far' }),
    avg_messages_per_conversation: float64({ ...count, description: 'Messages the user writes in a conversation' }),
    preferred_channel: string({
      allowedValues: ['whatsapp', 'web', 'email'],
      description: 'Channel of most conversations, last 90 days',
    }),
    last_conversation_at: timestamp({ notNull: true, description: 'When the newest conversation began' }),
    feedback_tendency: float64({ ...mood, description: 'Average rating, from -1 to 1; null without feedback' }),
  },
})

export const conversationBatch = batch('conversation_batch', {
  description: 'How a conversation went',
  entity: conversation,
  ...daily,
  sql: sqlFile('features/conversation.sql'),
  features: {
    sentiment_score: float64({ ...mood, description: 'Average sentiment of the user, from -1 to 1' }),
  },
})

/** Pushed, not computed: the application knows these while a conversation goes on, and writes them as they change. */
export const conversationLive = stream('conversation_live', {
  description: 'Where a conversation stands',
  entity: conversation,
  features: {
    message_count: int64({ min: 0, description: 'Messages so far' }),
    primary_intent: string({ description: 'Most frequent intent so far' }),
    escalated: bool({ description: 'Whether a person has taken over' }),
    resolution_status: string({
      allowedValues: ['open', 'resolved', 'escalated', 'abandoned'],
      description: 'How it stands, or ended',
    }),
  },
})

/** Pushed, once for each message. A day later nobody asks. */
export const messageLive = stream('message_live', {
  description: 'What was detected in a message',
  entity: message,
  ttl: '1d',
  features: {
    length: int64({ min: 0, description: 'Characters' }),
    token_count: int64({ min: 0, description: 'Tokens' }),
    detected_intent: string({ description: 'What the user wants' }),
    confidence_score: float64({ ...rate, description: 'How sure the assistant is of its answer' }),
    response_time_ms: int64({ min: 0, description: 'Milliseconds it took to answer' }),
  },
})

/** What a model reads, the same when it is trained and when it is asked. */
export const feedbackV1 = service(
  'feedback_v1',
  [
    conversationBatch.pick('sentiment_score'),
    userBatch.pick('conversation_count', 'avg_messages_per_conversation', 'preferred_channel', 'feedback_tendency'),
    tenantBatch.pick('avg_conversations_per_day', 'positive_feedback_rate', 'primary_language'),
  ],
  { description: 'Will the user be content?' },
)

export const positiveFeedback = dataset('positive_feedback', {
  description: 'Every feedback as it comes, and whether it is positive',
  service: feedbackV1,
  spine: sqlFile('datasets/positive_feedback.sql'),
  label: { positive: bool({ description: 'A rating above 0' }) },
  split: { by: 'time', train: 0.7, validation: 0.15, test: 0.15 },
})

export default defineConfig({
  project: 'conversations',
  groups: [tenantBatch, userBatch, conversationBatch, conversationLive, messageLive],
  services: [feedbackV1],
  datasets: [positiveFeedback],
})
