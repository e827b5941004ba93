-- A human coach asks to join a client's session. `reason`: what the coach says it is for. `answered_at`: when the
-- client let the coach in or not. `first_linked_at`: when the two first heard and saw each other.
CREATE TABLE live_joins (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  coach_email TEXT NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL,
  asked_at TIMESTAMP NOT NULL,
  answered_at TIMESTAMP,
  first_linked_at TIMESTAMP,
  ended_at TIMESTAMP,
  end_reason TEXT
);

-- What the coach did while in the session, in order: `n` counts from 1. `id` is chosen by the page that sent it, so
-- that what is sent twice is done once.
CREATE TABLE live_acts (
  join_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  id TEXT NOT NULL,
  act TEXT NOT NULL,
  text TEXT,
  acted_at TIMESTAMP NOT NULL,
  PRIMARY KEY (join_id, id)
);

-- Whether human coaches may ask a client to join; without a row they may.
CREATE TABLE live_choices (
  client_id TEXT PRIMARY KEY,
  may_ask BOOLEAN NOT NULL,
  chosen_at TIMESTAMP NOT NULL
);
