/** What the features of the template conversations are by its source rows, counted one by one. */

/** The rows of one tenant; instants in seconds since 1970. */
export interface Source {
  readonly conversations: readonly { id: string; user: string | null; channel: string; at: number }[]
  readonly messages: readonly Message[]
  readonly feedback: readonly { conversation: string; user: string | null; rating: number; at: number }[]
}

interface Message {
  readonly conversation: string
  readonly role: string
  readonly language: string | null
  readonly sentiment: number | null
  readonly at: number
}

/** SQL: the source of a tenant, in one value. */
export function sourceSql(tenant: string): string {
  const list = (table: string, columns: string) => `(SELECT json_agg(r ORDER BY at, r::text) FROM (
    SELECT ${columns}, extract(epoch FROM created_at)::int AS at FROM ${table} WHERE tenant_id = '${tenant}') AS r)`
  return `SELECT json_build_object(
    'conversations', ${list('ai_conversations', 'id, user_id AS user, channel')},
    'messages', ${list(
      'ai_messages',
      `conversation_id AS conversation, role, metadata->>'detected_language' AS language,
       (metadata->>'sentiment_score')::float8 AS sentiment`,
    )},
    'feedback', ${list('ai_feedback', 'conversation_id AS conversation, user_id AS user, rating')}) AS source`
}

export const day = 86_400

export function tenantAt({ conversations, messages, feedback }: Source, end: number) {
  const begun = conversations.filter(({ at }) => at < end)
  const written = messages.filter(({ role, at }) => role === 'user' && isWithin(at, end, 30))
  const days = Math.ceil((end - Math.min(...begun.map(({ at }) => at))) / day)
  return {
    total_conversations: begun.length,
    avg_conversations_per_day: exact(begun.filter(({ at }) => isWithin(at, end, 30)).length / Math.min(30, days)),
    positive_feedback_rate: mean(
      feedback.filter(({ at }) => isWithin(at, end, 7)).map((one) => Number(one.rating > 0)),
    ),
    primary_language: mostFrequent(written.map(({ language }) => language)),
  }
}

export function userAt({ conversations, messages, feedback }: Source, user: string, end: number) {
  const own = conversations.filter((one) => one.user === user && one.at < end)
  const ids = new Set(own.map(({ id }) => id))
  const written = messages.filter(({ conversation, role, at }) => ids.has(conversation) && role === 'user' && at < end)
  return {
    conversation_count: own.length,
    avg_messages_per_conversation: exact(written.length / own.length),
    preferred_channel: mostFrequent(own.filter(({ at }) => isWithin(at, end, 90)).map(({ channel }) => channel)),
    last_conversation_at: Math.max(...own.map(({ at }) => at)),
    feedback_tendency: mean(feedback.filter((one) => one.user === user && one.at < end).map(({ rating }) => rating)),
  }
}

export function usersAt({ conversations }: Source, end: number): string[] {
  return [...new Set(conversations.flatMap(({ user, at }) => (at < end && user !== null ? [user] : [])))].sort()
}

/** Of each conversation that the user wrote in on the day that ends. */
export function sentimentsAt({ messages }: Source, end: number): Record<string, number | null> {
  const written = messages.filter(({ role, at }) => role === 'user' && at < end)
  const touched = [...new Set(written.filter(({ at }) => at >= end - day).map(({ conversation }) => conversation))]
  const scores = (id: string) => written.flatMap((one) => (one.conversation === id ? (one.sentiment ?? []) : []))
  return Object.fromEntries(touched.sort().map((id) => [id, mean(scores(id))]))
}

/** As many digits as every order of adding up agrees on. */
export function exact(value: number): number {
  return Number(value.toPrecision(12))
}

function isWithin(at: number, end: number, days: number): boolean {
  return at >= end - days * day && at < end
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : exact(values.reduce((sum, value) => sum + value, 0) / values.length)
}

function mostFrequent(values: readonly (string | null)[]): string | null {
  const known = values.filter((value) => value !== null)
  const times = (value: string) => known.filter((one) => one === value).length
  return [...new Set(known)].sort().reduce<string | null>((best, one) => {
    return best === null || times(one) > times(best) ? one : best
  }, null)
}
