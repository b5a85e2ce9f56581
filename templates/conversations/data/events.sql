-- Made data/events.jsonl of the tables of load.sql: what happened to the tenant default in the last week, a line of JSON
-- each. To make it again: psql "$DATABASE_URL" -AtX -f data/events.sql > data/events.jsonl
SELECT json_build_object('id', id, 'type', type, 'timestamp', at, 'payload', json_strip_nulls(payload)) AS event
FROM (
  SELECT
    id, 'conversation.created' AS type, created_at AS at,
    json_build_object('conversation_id', id, 'user_id', user_id) AS payload
  FROM ai_conversations
  WHERE tenant_id = 'default'
  UNION ALL
  SELECT
    id, 'message.created', created_at,
    json_build_object(
      'message_id', id, 'conversation_id', conversation_id, 'content', content,
      'token_count', metadata -> 'token_count', 'intent', metadata -> 'detected_intent',
      'confidence_score', metadata -> 'confidence_score', 'response_time_ms', metadata -> 'response_time_ms')
  FROM ai_messages
  WHERE tenant_id = 'default'
  UNION ALL
  SELECT
    id, 'feedback.received', created_at,
    json_build_object('conversation_id', conversation_id, 'user_id', user_id, 'rating', rating)
  FROM ai_feedback
  WHERE tenant_id = 'default'
) AS happened
WHERE at >= timestamptz '2025-03-25 00:00:00+00'
ORDER BY at, id COLLATE "C";
