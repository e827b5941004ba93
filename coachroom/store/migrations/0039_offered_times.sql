-- Times that the AI coach has offered in a session for the next one: it can book one of these alone.
CREATE TABLE offered_times (
  session_id TEXT NOT NULL,
  begins_at TIMESTAMP NOT NULL,
  kind TEXT NOT NULL,
  offered_at TIMESTAMP NOT NULL,
  PRIMARY KEY (session_id, begins_at, kind)
);
