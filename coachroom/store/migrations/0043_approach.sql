-- How the coach begins a session and who sets its course; NULL: as it comes. `asks_no_more_at`: the client does not
-- want to be asked about the coach's way of working any more.
ALTER TABLE coaching_preferences ADD COLUMN opening TEXT;
ALTER TABLE coaching_preferences ADD COLUMN lead TEXT;
ALTER TABLE coaching_preferences ADD COLUMN asks_no_more_at TIMESTAMP;

-- What a client chose of the coach's way of working, one row an event, none ever changed. `value` is NULL: as it
-- comes. `session_id`: the session after which they were asked, or that a trial lasted.
CREATE TABLE approach_choices (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  field TEXT NOT NULL CHECK (field IN ('tone', 'pace', 'opening', 'lead')),
  value TEXT,
  source TEXT NOT NULL CHECK (source IN ('profile', 'asked', 'after_session', 'coach', 'trial')),
  session_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('trying', 'kept', 'dropped')),
  made_at TIMESTAMP NOT NULL
);

-- When a client was asked. `occasion`: 'before', or the session after which it was, so that each is one row.
CREATE TABLE approach_asks (
  client_id TEXT NOT NULL,
  occasion TEXT NOT NULL,
  session_id TEXT,
  asked_at TIMESTAMP NOT NULL,
  answered_at TIMESTAMP,
  changed BOOLEAN,
  PRIMARY KEY (client_id, occasion)
);

-- The way of working that stood in the briefing of a session. `trial_field`: what of it was tried in this session.
CREATE TABLE session_approach (
  session_id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  tone TEXT,
  pace TEXT,
  opening TEXT,
  lead TEXT,
  trial_field TEXT,
  set_at TIMESTAMP NOT NULL
);
