-- Mood of the user's messages so far, of every conversation the user wrote in during the window.
-- Messages without a score do not count; where none has one, the score is null.
SELECT
  conversation_id,
  avg((metadata ->> 'sentiment_score')::numeric)::float8 AS sentiment_score
FROM ai_messages
WHERE tenant_id = :tenant_id
  AND role = 'user'
  AND created_at < :end_time
GROUP BY conversation_id
HAVING max(created_at) >= :start_time
