-- The source data of this project: 90 days of made-up conversations between people and an assistant, of three tenants.
-- Replace it by your own tables and remove the data folder; fstore reads any table of the database.
--
-- `fstore init` has run this file. To run it by hand: psql "$DATABASE_URL" -f data/load.sql

CREATE TABLE ai_conversations (
  tenant_id  text NOT NULL,
  id         text NOT NULL,        -- numbered within its tenant, as users are: user_001 of acme is not user_001 of globex
  user_id    text,                 -- null: a visitor who did not sign in
  channel    text NOT NULL,        -- whatsapp, web, email
  created_at timestamptz NOT NULL,
  closed_at  timestamptz,          -- null: still open when the data end
  resolution text,                 -- resolved, escalated, abandoned; known from closed_at on
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE ai_messages (
  tenant_id       text NOT NULL,
  id              text NOT NULL,
  conversation_id text NOT NULL,
  role            text NOT NULL,   -- user, assistant
  content         text NOT NULL,
  metadata        jsonb NOT NULL,  -- what was detected in it; a key is absent where nothing was
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES ai_conversations
);

CREATE TABLE ai_feedback (
  tenant_id       text NOT NULL,
  id              text NOT NULL,
  conversation_id text NOT NULL,
  user_id         text,
  rating          smallint NOT NULL, -- -1, 0, 1
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES ai_conversations
);

-- Chance that is the same on every run and every version of Postgres: 0 <= chance < 1, by a seed and what it is for.
CREATE FUNCTION pg_temp.chance(purpose text, id text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  $$ SELECT ('x' || substr(md5('seed 42 ' || purpose || ' ' || id), 1, 8))::bit(32)::bigint::float8 / 4294967296 $$;

-- Mostly small, seldom near 1.
CREATE FUNCTION pg_temp.small_chance(purpose text, id text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  $$ SELECT chance * chance FROM (SELECT pg_temp.chance(purpose, id)) AS drawn (chance) $$;

-- A few users talk a lot, most a little. Every fifth falls silent after a month, every seventh comes in the last month.
-- The tenant globex itself begins only in the middle.
INSERT INTO ai_conversations (tenant_id, id, user_id, channel, created_at)
SELECT
  tenant,
  'conv_' || to_char(row_number() OVER (PARTITION BY tenant ORDER BY second, n), 'FM0000'),
  CASE WHEN pg_temp.chance('signed in', key) > 0.03 THEN 'user_' || to_char(person, 'FM000') END,
  CASE
    WHEN pg_temp.chance('usual channel', key) < 0.75
      THEN (ARRAY['whatsapp', 'web', 'email'])[1 + person % 3]
    ELSE (ARRAY['whatsapp', 'web', 'email'])[1 + floor(3 * pg_temp.chance('channel', key))::int]
  END,
  timestamptz '2025-01-01 00:00:00+00' + second * interval '1 second'
FROM (
  SELECT
    *,
    floor(86400 * (first_day + (90 - first_day) * CASE
      WHEN person % 5 = 0 THEN at / 3
      WHEN person % 7 = 0 THEN (2 + at) / 3
      ELSE at
    END))::int AS second
  FROM (
    SELECT
      tenant, first_day, n,
      tenant || ' ' || n AS key,
      1 + floor(users * pg_temp.small_chance('user', tenant || ' ' || n))::int AS person,
      pg_temp.chance('at', tenant || ' ' || n) AS at
    FROM (VALUES ('default', 120, 1800, 0), ('acme', 60, 900, 0), ('globex', 25, 300, 45))
      AS tenants (tenant, users, conversations, first_day)
    CROSS JOIN LATERAL generate_series(1, conversations) AS n
  ) AS drawn
) AS timed;

-- One to twelve messages, in turns; some conversations are begun by the assistant, and not always answered.
INSERT INTO ai_messages (tenant_id, id, conversation_id, role, content, metadata, created_at)
SELECT
  tenant_id,
  'msg_' || to_char(row_number() OVER (PARTITION BY tenant_id ORDER BY written_at, conversation_id, turn), 'FM00000'),
  conversation_id,
  role,
  content,
  jsonb_strip_nulls(CASE role
    WHEN 'user' THEN jsonb_build_object(
      'token_count', 1 + length(content) / 4,
      'detected_language', CASE WHEN pg_temp.chance('language known', key) < 0.95 THEN language END,
      'detected_intent', CASE WHEN pg_temp.chance('intent known', key) < 0.8 THEN intent END,
      'sentiment_score', CASE WHEN pg_temp.chance('sentiment known', key) < 0.9
        THEN round((1.4 * mood + 0.6 * pg_temp.chance('sentiment', key) - 1)::numeric, 2) END)
    ELSE jsonb_build_object(
      'token_count', 1 + length(content) / 4,
      'confidence_score', round((0.4 + 0.6 * pg_temp.chance('confidence', key))::numeric, 2),
      'response_time_ms', 300 + floor(4000 * pg_temp.small_chance('response', key))::int)
  END),
  written_at
FROM (
  SELECT
    *,
    CASE WHEN role = 'user'
      THEN (ARRAY['Where is my order?', 'I want my money back.', 'Can I book a visit for tomorrow?', 'What does it cost?'])[topic]
      ELSE 'Let me look into that' || repeat(', one moment', (4 * pg_temp.chance('words', key))::int) || '.'
    END AS content,
    (ARRAY['order_status', 'refund', 'appointment', 'pricing'])[topic] AS intent
  FROM (
    SELECT
      tenant_id, conversation_id, turn, mood,
      conversation || ' ' || turn AS key,
      (ARRAY['es', 'es', 'en', 'pt'])[1 + floor(4 * pg_temp.chance('language', person))::int] AS language,
      1 + floor(4 * pg_temp.chance('topic', conversation || CASE WHEN turn % 5 = 3 THEN ' new' ELSE '' END))::int AS topic,
      CASE WHEN (turn % 2 = 1) = (pg_temp.chance('who begins', conversation) < 0.9) THEN 'user' ELSE 'assistant' END AS role,
      created_at + (turn - 1) * (20 + floor(3000 * pg_temp.small_chance('pace', conversation))) * interval '1 second' AS written_at
    FROM (
      SELECT
        tenant_id, id AS conversation_id, created_at,
        tenant_id || ' ' || id AS conversation,
        tenant_id || ' ' || coalesce(user_id, id) AS person,
        (pg_temp.chance('mood', tenant_id || ' ' || id)
          + pg_temp.chance('mood', tenant_id || ' ' || coalesce(user_id, id))) / 2 AS mood
      FROM ai_conversations
    ) AS conversations
    CROSS JOIN LATERAL generate_series(1, 1 + floor(12 * pg_temp.small_chance('messages', conversation))::int) AS turn
  ) AS turns
  WHERE written_at < timestamptz '2025-04-01 00:00:00+00'
) AS written;

-- A conversation is closed six hours after its last message. Who writes in a bad mood is helped less often.
UPDATE ai_conversations AS conversation
SET
  closed_at = ended_at,
  resolution = CASE WHEN luck > 0.35 THEN 'resolved' WHEN luck > 0.15 THEN 'escalated' ELSE 'abandoned' END
FROM (
  SELECT
    tenant_id, conversation_id,
    max(created_at) + interval '6 hours' AS ended_at,
    pg_temp.chance('luck', tenant_id || ' ' || conversation_id)
      + coalesce(avg((metadata ->> 'sentiment_score')::numeric)::float8, 0) / 4 AS luck
  FROM ai_messages
  GROUP BY tenant_id, conversation_id
) AS talk
WHERE conversation.tenant_id = talk.tenant_id AND conversation.id = talk.conversation_id
  AND ended_at < timestamptz '2025-04-01 00:00:00+00';

-- A third of what was closed is rated: at once, or up to three days later.
INSERT INTO ai_feedback (tenant_id, id, conversation_id, user_id, rating, created_at)
SELECT
  tenant_id,
  'fb_' || to_char(row_number() OVER (PARTITION BY tenant_id ORDER BY rated_at, conversation_id), 'FM0000'),
  conversation_id,
  user_id,
  CASE WHEN joy > 0.5 THEN 1 WHEN joy > 0.35 THEN 0 ELSE -1 END,
  rated_at
FROM (
  SELECT
    tenant_id, id AS conversation_id, user_id,
    pg_temp.chance('joy', tenant_id || ' ' || id) * 0.5
      + pg_temp.chance('mood', tenant_id || ' ' || coalesce(user_id, id)) * 0.3
      + CASE WHEN resolution = 'resolved' THEN 0.2 ELSE 0 END AS joy,
    closed_at + floor(259200 * pg_temp.small_chance('delay', tenant_id || ' ' || id)) * interval '1 second' AS rated_at
  FROM ai_conversations
  WHERE closed_at IS NOT NULL AND pg_temp.chance('rates', tenant_id || ' ' || id) < 0.33
) AS rated
WHERE rated_at < timestamptz '2025-04-01 00:00:00+00';

DROP FUNCTION pg_temp.small_chance(text, text), pg_temp.chance(text, text);

-- Every window reads one tenant's rows up to its end.
CREATE INDEX ai_conversations_created_at ON ai_conversations (tenant_id, created_at);
CREATE INDEX ai_messages_created_at ON ai_messages (tenant_id, created_at);
CREATE INDEX ai_messages_conversation ON ai_messages (tenant_id, conversation_id);
CREATE INDEX ai_feedback_created_at ON ai_feedback (tenant_id, created_at);

ANALYZE ai_conversations, ai_messages, ai_feedback;

-- On a server fstore's role has to be let in; init has done this too.
-- GRANT SELECT ON ai_conversations, ai_messages, ai_feedback TO fstore_app;
