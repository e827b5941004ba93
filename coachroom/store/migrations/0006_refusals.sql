-- How the provider closed a call. NULL where it did not, and for calls before this migration.
ALTER TABLE agent_conversations ADD COLUMN close_code INTEGER;
ALTER TABLE agent_conversations ADD COLUMN close_reason TEXT;

-- Calls that never got an id: refused before they began.
CREATE TABLE refused_calls (
  session_id TEXT NOT NULL,
  id TEXT NOT NULL,
  at_time TIMESTAMP NOT NULL,
  why TEXT,
  close_code INTEGER,
  close_reason TEXT,
  PRIMARY KEY (session_id, id)
);
