-- Runs by schedule: a row for each tick of a group that a scheduler has taken. One run is for all tenants, so it is the
-- project's own and not a tenant's.

CREATE TABLE {{schema}}.scheduled_runs (
  group_name text COLLATE "C" NOT NULL,
  -- The minute that the schedule meant.
  tick timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'cancelled')),
  attempts integer NOT NULL DEFAULT 1,
  -- One scheduler's life: another's that has its pid is another.
  claimed_by uuid NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  retry_at timestamptz,
  error_message text,
  PRIMARY KEY (group_name, tick)
);
-- However many schedulers there are, and however long it takes: a group has one run at a time.
CREATE UNIQUE INDEX ON {{schema}}.scheduled_runs (group_name) WHERE status = 'running';
