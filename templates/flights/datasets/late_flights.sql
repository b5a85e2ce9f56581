-- Every flight, asked about at the moment it leaves: what was known of its airports and its route then?
--
-- The label is known only after landing. That is no leak: it is what the model learns to tell, not one of the features.
SELECT
  origin,
  destination,
  departed_at AS event_timestamp,
  delay >= 15 AS late
FROM flights
ORDER BY departed_at, id
