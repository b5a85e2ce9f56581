-- What is known of each user at the window's end, from all that came before it.
--
-- Every user has a row every day, those who fell silent too: what a window says of them goes on changing.
-- A conversation may go on past the window's end, so its messages are cut off there as well.
SELECT
  conversations.user_id,
  conversations.conversation_count,
  conversations.avg_messages_per_conversation,
  conversations.preferred_channel,
  conversations.last_conversation_at,
  feedback.feedback_tendency
FROM (
  SELECT
    user_id,
    count(*) AS conversation_count,
    (sum(coalesce(messages, 0)) / count(*))::float8 AS avg_messages_per_conversation,
    mode() WITHIN GROUP (ORDER BY channel COLLATE "C")
      FILTER (WHERE created_at >= :end_time - interval '90 days') AS preferred_channel,
    max(created_at) AS last_conversation_at
  FROM ai_conversations
  LEFT JOIN (
    SELECT conversation_id AS id, count(*) AS messages
    FROM ai_messages
    WHERE tenant_id = :tenant_id
      AND role = 'user'
      AND created_at < :end_time
    GROUP BY conversation_id
  ) AS talk USING (id)
  WHERE tenant_id = :tenant_id
    AND user_id IS NOT NULL
    AND created_at < :end_time
  GROUP BY user_id
) AS conversations
LEFT JOIN (
  SELECT user_id, avg(rating)::float8 AS feedback_tendency
  FROM ai_feedback
  WHERE tenant_id = :tenant_id
    AND created_at < :end_time
  GROUP BY user_id
) AS feedback USING (user_id)
