-- From its first word to its end, or to its newest message while it goes on.
SELECT
  id AS conversation_id,
  extract(epoch FROM coalesce(
    CASE WHEN closed_at <= :at THEN closed_at END,
    (SELECT max(created_at) FROM ai_messages
     WHERE tenant_id = :tenant_id AND conversation_id = conversations.id AND created_at <= :at),
    created_at
  ) - created_at)::bigint AS duration_seconds
FROM ai_conversations AS conversations
WHERE tenant_id = :tenant_id
  AND created_at <= :at
