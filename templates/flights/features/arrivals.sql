-- Flights that landed at an airport, over the 7 and 28 days before the window's end.
-- departures.sql says why it reads 29 days.
SELECT
  airport,
  count(*) FILTER (WHERE in_7_days) AS arrivals_7d,
  count(*) FILTER (WHERE in_28_days) AS arrivals_28d,
  (avg(late) FILTER (WHERE in_7_days))::float8 AS arrivals_late_share_7d,
  (avg(late) FILTER (WHERE in_28_days))::float8 AS arrivals_late_share_28d
FROM (
  SELECT
    destination AS airport,
    (delay >= 15)::int AS late,
    arrived_at >= :end_time - interval '7 days' AS in_7_days,
    arrived_at >= :end_time - interval '28 days' AS in_28_days
  FROM flights
  WHERE arrived_at >= :end_time - interval '29 days'
    AND arrived_at < :end_time
) AS landed
GROUP BY airport
