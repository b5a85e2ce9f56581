import {
  batch,
  bool,
  dataset,
  defineConfig,
  ema,
  entity,
  float64,
  increment,
  int64,
  last,
  mode,
  onDemand,
  payload,
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

/** What happens while people talk. A schema library does as well: `z.object({ … })` of zod, for one. */
const messageCreated = payload({
  message_id: 'string',
  conversation_id: 'string',
  content: 'string',
  token_count: 'number?',
  intent: 'string?',
  confidence_score: 'number?',
  response_time_ms: 'number?',
})
const conversationCreated = payload({ conversation_id: 'string', user_id: 'string?' })
const feedbackReceived = payload({ conversation_id: 'string', user_id: 'string?', rating: 'number' })

/** Fed by events. A day later nobody asks. */
export const messageLive = stream('message_live', {
  description: 'What was detected in a message',
  entity: message,
  ttl: '1d',
  version: 1,
  features: {
    length: int64({ min: 0, description: 'Characters' }),
    token_count: int64({ min: 0, description: 'Tokens' }),
    detected_intent: string({ description: 'What the user wants' }),
    confidence_score: float64({ ...rate, description: 'How sure the assistant is of its answer' }),
    response_time_ms: int64({ min: 0, description: 'Milliseconds it took to answer' }),
  },
  events: { 'message.created': messageCreated },
  on: {
    'message.created': {
      key: (created) => created.message_id,
      set: {
        length: last((created) => created.content.length),
        token_count: last((created) => created.token_count ?? 0),
        detected_intent: last((created) => created.intent ?? 'unknown'),
        confidence_score: last((created) => created.confidence_score),
        response_time_ms: last((created) => created.response_time_ms),
      },
    },
  },
})

/** The same event changes another entity, too. */
export const conversationLive = stream('conversation_live', {
  description: 'Where a conversation stands',
  entity: conversation,
  version: 1,
  features: {
    message_count: int64({ min: 0, description: 'Messages so far' }),
    primary_intent: string({ description: 'Most frequent intent so far' }),
  },
  events: { 'message.created': messageCreated },
  on: {
    'message.created': {
      key: (created) => created.conversation_id,
      set: { message_count: increment(), primary_intent: mode((created) => created.intent) },
    },
  },
})

/** A visitor who did not sign in is nobody that could be counted. */
export const userLive = stream('user_live', {
  description: 'A user, up to this moment',
  entity: user,
  version: 1,
  features: {
    conversation_count: int64({ min: 0, description: 'Conversations since events are ingested' }),
    feedback_tendency: float64({ ...mood, description: 'Moving average of ratings, the newest weighing 0.3' }),
  },
  events: { 'conversation.created': conversationCreated, 'feedback.received': feedbackReceived },
  on: {
    'conversation.created': { key: (created) => created.user_id, set: { conversation_count: increment() } },
    'feedback.received': {
      key: (feedback) => feedback.user_id,
      // The first rating counts whole. To begin with 0: (feedback, before) => 0.3 * feedback.rating + 0.7 * (before ?? 0)
      set: { feedback_tendency: ema(0.3, (feedback) => feedback.rating) },
    },
  },
})

/** Pushed, not computed: the application knows these, and writes them as they change. */
export const conversationStatus = stream('conversation_status', {
  description: 'How a conversation is going, or ended',
  entity: conversation,
  features: {
    escalated: bool({ description: 'Whether a person has taken over' }),
    resolution_status: string({
      allowedValues: ['open', 'resolved', 'escalated', 'abandoned'],
      description: 'How it stands, or ended',
    }),
  },
})

/** Kept nowhere: computed when they are read, for whom is asked, as of that instant. */
export const userNow = onDemand('user_now', {
  description: 'How it stands with a user at this moment',
  entity: user,
  sql: sqlFile('features/user_now.sql'),
  features: { last_interaction_days: int64({ description: 'Whole days since the last conversation began' }) },
})

export const conversationNow = onDemand('conversation_now', {
  description: 'How it stands with a conversation at this moment',
  entity: conversation,
  sql: sqlFile('features/conversation_now.sql'),
  features: { duration_seconds: int64({ description: 'From its first word to its last' }) },
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
  groups: [
    tenantBatch,
    userBatch,
    conversationBatch,
    messageLive,
    conversationLive,
    userLive,
    conversationStatus,
    userNow,
    conversationNow,
  ],
  services: [feedbackV1],
  datasets: [positiveFeedback],
})
