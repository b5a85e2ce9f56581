-- Every feedback, asked about at the moment it came: what was known of its conversation, its user and its tenant then?
--
-- None of the features has this feedback in it yet: a window's row has what came before its end, and is seen from there on.
SELECT
  conversation_id,
  user_id,
  tenant_id AS tenant,
  created_at AS event_timestamp,
  rating > 0 AS positive
FROM ai_feedback
WHERE tenant_id = :tenant_id
  AND user_id IS NOT NULL
ORDER BY created_at, id
