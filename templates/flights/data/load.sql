-- The source data of this project: real US flights of January to March 2001.
-- Replace it by your own tables and remove the data folder; fstore reads any table of the database.
--
-- `fstore init` has run this file. To run it by hand, from the project's folder:
--   psql "$DATABASE_URL" -f data/load.sql
--
-- Source: US Bureau of Transportation Statistics, on-time performance (14 CFR Part 234),
-- a sample of 20,000 flights as published by vega-datasets (flights-20k.json).

CREATE TABLE flights (
  id          integer PRIMARY KEY,
  departed_at timestamptz NOT NULL, -- actual departure; the airport's local clock, read as UTC
  arrived_at  timestamptz NOT NULL, -- an estimate: departure + 30 minutes + distance / 7.5 miles a minute
  delay       integer NOT NULL,     -- minutes late on arrival, known only after landing; negative is early
  distance    integer NOT NULL,     -- miles
  origin      text NOT NULL,        -- airport codes
  destination text NOT NULL
);

\copy flights FROM 'data/flights.csv' WITH (FORMAT csv, HEADER)

-- Every window reads a few weeks by arrival; a training set asks by departure.
CREATE INDEX flights_arrived_at ON flights (arrived_at);
CREATE INDEX flights_departed_at ON flights (departed_at);

ANALYZE flights;

-- On a server fstore's role has to be let in; init has done this too.
-- GRANT SELECT ON flights TO fstore_app;
