-- Computed when it is read, for the user who is asked for; in a training set as of each of its rows.
SELECT
  user_id,
  extract(day FROM :at - max(created_at))::bigint AS last_interaction_days
FROM ai_conversations
WHERE tenant_id = :tenant_id
  AND created_at <= :at
GROUP BY user_id
