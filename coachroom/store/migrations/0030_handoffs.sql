-- A session that its client handed to their human coach, with what of it the coach may see. `sentences`: ids of those
-- of the summary. `coach_email`: to whom; nobody who is the client's coach later reads it. `done_at`: when that coach
-- was done with it.
CREATE TABLE handoffs (
  session_id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  coach_email TEXT NOT NULL,
  comment TEXT,
  sentences JSON,
  with_rating BOOLEAN NOT NULL,
  with_transcript BOOLEAN NOT NULL,
  made_at TIMESTAMP NOT NULL,
  done_at TIMESTAMP
);
