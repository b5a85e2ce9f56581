-- A version whose tables were cleaned up stays known, so that its number is never given to another meaning.

ALTER TABLE {{schema}}.versions ADD COLUMN dropped_at timestamptz;
