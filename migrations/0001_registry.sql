-- The registry: what is declared, which version of it is live, and what has been computed for whom.
-- Definitions are the project's and are shared by all tenants; coverage, jobs and rejected rows are a tenant's
-- own and stand behind row-level security, forced so that it holds for the owner too.

CREATE TABLE {{schema}}.store (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- Tells this store from any other that a cache may have been filled by.
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  project text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO {{schema}}.store DEFAULT VALUES;

CREATE TABLE {{schema}}.tenants (
  tenant_id text COLLATE "C" PRIMARY KEY CHECK (tenant_id <> ''),
  display_name text,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO {{schema}}.tenants (tenant_id) VALUES ('default');

CREATE TABLE {{schema}}.groups (
  name text COLLATE "C" PRIMARY KEY,
  entity text NOT NULL,
  source_type text NOT NULL CHECK (source_type IN ('batch', 'stream', 'on_demand')),
  display_name text,
  description text,
  tags jsonb NOT NULL DEFAULT '[]',
  owner text,
  ttl_seconds bigint,
  schedule text,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deprecated', 'archived')),
  -- The version that readers see; the epoch rises with every move of this pointer.
  active_fingerprint text,
  epoch bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row a meaning: a fingerprint has a feature table of its own.
CREATE TABLE {{schema}}.versions (
  group_name text COLLATE "C" NOT NULL REFERENCES {{schema}}.groups (name),
  version integer NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  snapshot jsonb NOT NULL,
  -- [{"group": …, "fingerprint": …}]: the versions of other groups that its SQL reads.
  depends_on jsonb NOT NULL DEFAULT '[]',
  change_summary text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  promoted_at timestamptz,
  PRIMARY KEY (group_name, version),
  UNIQUE (group_name, fingerprint)
);

CREATE TABLE {{schema}}.features (
  group_name text COLLATE "C" NOT NULL REFERENCES {{schema}}.groups (name),
  name text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  data_type text NOT NULL,
  display_name text,
  description text,
  tags jsonb NOT NULL DEFAULT '[]',
  owner text,
  aggregation text,
  window_seconds bigint,
  rules jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deprecated', 'archived')),
  version integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (group_name, name)
);

CREATE TABLE {{schema}}.feature_versions (
  group_name text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  snapshot jsonb NOT NULL,
  change_summary text NOT NULL,
  stats jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (group_name, name, version),
  FOREIGN KEY (group_name, version) REFERENCES {{schema}}.versions (group_name, version)
);

CREATE TABLE {{schema}}.coverage (
  tenant_id text COLLATE "C" NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  -- Spans whose windows have run.
  covered tstzmultirange NOT NULL DEFAULT '{}',
  -- Spans to run again because a group that this one reads has changed there.
  stale tstzmultirange NOT NULL DEFAULT '{}',
  -- The newest write stamp, so that stamps rise even where the clock does not.
  last_stamp timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (tenant_id, group_name, fingerprint)
);

CREATE TABLE {{schema}}.jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  job_type text NOT NULL CHECK (job_type IN ('full', 'incremental')),
  start_time timestamptz NOT NULL,
  end_time timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed', 'failed', 'cancelled')),
  windows_total bigint NOT NULL,
  windows_done bigint NOT NULL DEFAULT 0,
  rows_processed bigint NOT NULL DEFAULT 0,
  rows_written bigint NOT NULL DEFAULT 0,
  rows_superseded bigint NOT NULL DEFAULT 0,
  rows_rejected bigint NOT NULL DEFAULT 0,
  error_message text,
  -- Who runs it, so that another process can say so, and can tell when it has died.
  host text NOT NULL,
  pid integer NOT NULL,
  heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz
);
CREATE INDEX ON {{schema}}.jobs (tenant_id, group_name, id DESC);
CREATE INDEX ON {{schema}}.jobs (tenant_id) WHERE status = 'running';

CREATE TABLE {{schema}}.rejected_rows (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  job_id bigint,
  window_start timestamptz NOT NULL,
  window_end timestamptz NOT NULL,
  reasons text[] NOT NULL,
  -- Keys, event timestamp and features as the transform yielded them.
  content jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX ON {{schema}}.rejected_rows (tenant_id, group_name, fingerprint, window_start);

ALTER TABLE {{schema}}.coverage ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.coverage FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {{schema}}.coverage
  USING (tenant_id = (SELECT NULLIF(current_setting('fstore.tenant_id', true), '')));
ALTER TABLE {{schema}}.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {{schema}}.jobs
  USING (tenant_id = (SELECT NULLIF(current_setting('fstore.tenant_id', true), '')));
ALTER TABLE {{schema}}.rejected_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.rejected_rows FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {{schema}}.rejected_rows
  USING (tenant_id = (SELECT NULLIF(current_setting('fstore.tenant_id', true), '')));

GRANT SELECT ON {{schema}}.store, {{schema}}.groups, {{schema}}.versions, {{schema}}.features,
  {{schema}}.feature_versions TO fstore_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON {{schema}}.coverage, {{schema}}.jobs, {{schema}}.rejected_rows TO fstore_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA {{schema}} TO fstore_app;
