-- Flights that left an airport, over the 7 and 28 days before the window's end.
--
-- The window is on arrived_at: a delay is known once the flight has landed, not when it leaves.
-- It reads one day more than the longest span, so that the day after an airport's last flight
-- leaves the 28 days, its counts fall to zero instead of staying what they were.
SELECT
  airport,
  count(*) FILTER (WHERE in_7_days) AS departures_7d,
  count(*) FILTER (WHERE in_28_days) AS departures_28d,
  (avg(late) FILTER (WHERE in_7_days))::float8 AS departures_late_share_7d,
  (avg(late) FILTER (WHERE in_28_days))::float8 AS departures_late_share_28d,
  (avg(delay) FILTER (WHERE in_28_days))::float8 AS departures_average_delay_28d
FROM (
  SELECT
    origin AS airport,
    delay,
    (delay >= 15)::int AS late,
    arrived_at >= :end_time - interval '7 days' AS in_7_days,
    arrived_at >= :end_time - interval '28 days' AS in_28_days
  FROM flights
  WHERE arrived_at >= :end_time - interval '29 days'
    AND arrived_at < :end_time
) AS landed
GROUP BY airport
