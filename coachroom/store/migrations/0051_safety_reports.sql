-- What a client says was not safe in a session, for the administrators of their community.
CREATE TABLE safety_reports (
  session_id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  words TEXT,
  reported_at TIMESTAMP NOT NULL
);

-- What the agent looked up in a session, so that its room shows it again after a reload. `id` is that of the note.
CREATE TABLE session_lookups (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  about TEXT NOT NULL,
  looked_up_at TIMESTAMP NOT NULL
);
