-- The client's own time zone, as their browser last named it: an IANA name. NULL: not known yet.
ALTER TABLE client_profiles ADD COLUMN timezone TEXT;

-- The day that was named, where the client is; `due_at` is the moment at which it ends there.
ALTER TABLE actions ADD COLUMN due_on DATE;

-- What a client decided about one of their sessions: its title in their own words, and the ids of the sentences of its
-- summary that their human coach may read, NULL where it is not shared.
CREATE TABLE session_choices (
  session_id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  title TEXT,
  shared JSON,
  changed_at TIMESTAMP NOT NULL
);
