-- What a human coach writes down about a client for themself; the client does not see it. `due_on`: of a reminder.
CREATE TABLE coach_notes (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  coach_email TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('note', 'contacted', 'reminder')),
  words TEXT,
  due_on DATE,
  made_at TIMESTAMP NOT NULL,
  done_at TIMESTAMP
);
