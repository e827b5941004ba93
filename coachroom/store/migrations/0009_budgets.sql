-- Signed addresses that a client got in a day of the community's time zone.
CREATE TABLE signed_addresses (
  client_id TEXT NOT NULL,
  day DATE NOT NULL,
  handed_out INTEGER NOT NULL,
  PRIMARY KEY (client_id, day)
);

-- Calls that were allowed to start, each for at most `seconds`. `waits`: in the provider's queue.
CREATE TABLE call_grants (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  day DATE NOT NULL,
  granted_at TIMESTAMP NOT NULL,
  seconds DOUBLE PRECISION NOT NULL,
  conversation_id TEXT,
  connected_at TIMESTAMP,
  waits BOOLEAN NOT NULL DEFAULT FALSE,
  ended_at TIMESTAMP
);

-- When the call under way has used up what it may take of the budget.
ALTER TABLE sessions ADD COLUMN call_ends_at TIMESTAMP;
