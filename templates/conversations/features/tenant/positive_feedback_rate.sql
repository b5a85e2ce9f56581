-- Share of positive feedback, last 7 days. Without feedback there is no row, so the rate is null:
-- a rate of nothing is not 0, which would say that nobody was content.
SELECT tenant_id AS entity_id, avg((rating > 0)::int)::float8 AS value
FROM ai_feedback
WHERE tenant_id = :tenant_id
  AND created_at >= :end_time - interval '7 days'
  AND created_at < :end_time
GROUP BY tenant_id
