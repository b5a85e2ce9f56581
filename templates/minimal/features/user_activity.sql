-- What each user did in the 7 days before the window's end.
-- It reads one day more, so that the day after a user's last event leaves the 7 days, the counts fall to zero.
SELECT
  user_id,
  count(*) FILTER (WHERE in_7_days) AS events_7d,
  count(DISTINCT happened_at::date) FILTER (WHERE in_7_days) AS active_days_7d,
  (coalesce(sum(amount) FILTER (WHERE in_7_days), 0))::float8 AS spent_7d,
  max(happened_at) AS last_seen_at
FROM (
  SELECT *, happened_at >= :end_time - interval '7 days' AS in_7_days
  FROM events
  WHERE happened_at >= :end_time - interval '8 days'
    AND happened_at < :end_time
) AS recent
GROUP BY user_id
