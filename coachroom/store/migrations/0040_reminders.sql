-- Of what a client is reminded, and how; without a row as the app's defaults say. Hours are those of the client's own
-- day: between the two nothing goes out; where they are the same, no hour is quiet.
CREATE TABLE reminder_choices (
  client_id TEXT PRIMARY KEY,
  by_mail TEXT[] NOT NULL,
  by_push TEXT[] NOT NULL,
  quiet_from INTEGER NOT NULL,
  quiet_until INTEGER NOT NULL,
  most_a_week INTEGER NOT NULL,
  coach_reads_answers BOOLEAN NOT NULL,
  chosen_at TIMESTAMP NOT NULL
);

-- The day on which a client wants to be reminded to come back, as they said at the end of a session.
CREATE TABLE come_back_days (
  client_id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  come_on DATE NOT NULL,
  chosen_by TEXT NOT NULL,
  chosen_at TIMESTAMP NOT NULL
);

-- What a client was reminded of, each once. Those before appointments are not among them.
CREATE TABLE given_reminders (
  client_id TEXT NOT NULL,
  cause TEXT NOT NULL,
  given_at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, cause)
);

-- That a client wants no line on their home page any more that says that nothing is planned.
CREATE TABLE planning_hints_put_away (
  client_id TEXT PRIMARY KEY,
  put_away_at TIMESTAMP NOT NULL
);
