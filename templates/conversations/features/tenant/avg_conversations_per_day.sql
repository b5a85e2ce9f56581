-- Conversations a day over the last 30 days, quiet days counted. A tenant younger than that is
-- averaged over the days it has been there, or it would look quiet while it is new.
SELECT
  tenant_id AS entity_id,
  count(*) FILTER (WHERE created_at >= :end_time - interval '30 days')::float8
    / least(30, ceil(extract(epoch FROM :end_time - min(created_at)) / 86400))::float8 AS value
FROM ai_conversations
WHERE tenant_id = :tenant_id
  AND created_at < :end_time
GROUP BY tenant_id
