-- What a run's values look like, a row for each run and feature: a tenant's own, behind row-level security.

CREATE TABLE {{schema}}.statistics (
  tenant_id text COLLATE "C" NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  -- One instant for all features of a run.
  computed_at timestamptz NOT NULL,
  feature text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  job_id bigint,
  -- The event timestamps whose rows were looked at; null for the latest rows of pushed features.
  during tstzmultirange,
  -- Current rows there are, and how many of them were looked at.
  row_count bigint NOT NULL,
  sample_count bigint NOT NULL,
  -- What later runs are held against; where no run is, it is the first.
  is_baseline boolean NOT NULL DEFAULT false,
  content jsonb NOT NULL,
  PRIMARY KEY (tenant_id, group_name, fingerprint, computed_at, feature)
);

ALTER TABLE {{schema}}.statistics ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.statistics FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {{schema}}.statistics
  USING (tenant_id = (SELECT NULLIF(current_setting('fstore.tenant_id', true), '')));
GRANT SELECT, INSERT, UPDATE, DELETE ON {{schema}}.statistics TO fstore_app;
