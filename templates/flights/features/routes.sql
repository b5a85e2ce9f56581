-- Flights from one airport to another, over the 28 days before the window's end.
-- departures.sql says why it reads 29 days.
SELECT
  origin,
  destination,
  count(*) FILTER (WHERE in_28_days) AS flights_28d,
  (avg((delay >= 15)::int) FILTER (WHERE in_28_days))::float8 AS late_share_28d,
  max(delay) FILTER (WHERE in_28_days) AS worst_delay_28d,
  max(distance) AS distance
FROM (
  SELECT
    origin,
    destination,
    delay,
    distance,
    arrived_at >= :end_time - interval '28 days' AS in_28_days
  FROM flights
  WHERE arrived_at >= :end_time - interval '29 days'
    AND arrived_at < :end_time
) AS landed
GROUP BY origin, destination
