-- The language most user messages of the last 30 days are in; of two as frequent, the first by name.
-- Messages whose language was not detected do not count.
SELECT
  tenant_id AS entity_id,
  mode() WITHIN GROUP (ORDER BY metadata ->> 'detected_language' COLLATE "C") AS value
FROM ai_messages
WHERE tenant_id = :tenant_id
  AND role = 'user'
  AND created_at >= :end_time - interval '30 days'
  AND created_at < :end_time
GROUP BY tenant_id
