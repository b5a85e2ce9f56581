-- All conversations the tenant has had so far.
SELECT tenant_id AS entity_id, count(*) AS value
FROM ai_conversations
WHERE tenant_id = :tenant_id
  AND created_at < :end_time
GROUP BY tenant_id
