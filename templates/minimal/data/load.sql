-- The source data of this project: what a few made-up users did in two weeks.
-- Replace it by your own tables and remove the data folder; fstore reads any table of the database.
--
-- `fstore init` has run this file. To run it by hand, from the project's folder:
--   psql "$DATABASE_URL" -f data/load.sql

CREATE TABLE events (
  id          integer PRIMARY KEY,
  user_id     text NOT NULL,
  kind        text NOT NULL,    -- visit, purchase
  amount      numeric(10, 2),   -- of a purchase
  happened_at timestamptz NOT NULL
);

\copy events FROM 'data/events.csv' WITH (FORMAT csv, HEADER)

CREATE INDEX events_happened_at ON events (happened_at);

-- On a server fstore's role has to be let in; init has done this too.
-- GRANT SELECT ON events TO fstore_app;
