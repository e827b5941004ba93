-- What a human coach says was not safe in a session of a client of theirs, beside what the client says themself.
CREATE TABLE coach_safety_reports (
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  coach_email TEXT NOT NULL,
  words TEXT,
  reported_at TIMESTAMP NOT NULL,
  PRIMARY KEY (session_id, coach_email)
);
