-- Which events have been folded into which version of a group, so that none is folded twice: a tenant's own, behind
-- row-level security.

CREATE TABLE {{schema}}.applied_events (
  tenant_id text COLLATE "C" NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  -- The write stamp of the transaction that folded it.
  applied_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, group_name, fingerprint, event_id)
);
-- Rows come in the order of their stamps.
CREATE INDEX ON {{schema}}.applied_events USING brin (applied_at) WITH (autosummarize = on);

ALTER TABLE {{schema}}.applied_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{schema}}.applied_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {{schema}}.applied_events
  USING (tenant_id = (SELECT NULLIF(current_setting('fstore.tenant_id', true), '')));
GRANT SELECT, INSERT, UPDATE, DELETE ON {{schema}}.applied_events TO fstore_app;
