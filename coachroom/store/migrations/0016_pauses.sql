-- A pause of a session: its client pressed the button, or their phone interrupted the call. `id` is the event's that
-- reported it. `ended_at` is NULL while it lasts, and for good where nobody came back.
CREATE TABLE pauses (
  session_id TEXT NOT NULL,
  id TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('paused', 'interrupted')),
  started_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  PRIMARY KEY (session_id, id)
);

-- When the pause under way began, and how long the ones before it took.
ALTER TABLE sessions ADD COLUMN paused_at TIMESTAMP;

ALTER TABLE sessions ADD COLUMN paused_seconds DOUBLE PRECISION;

ALTER TABLE session_facts ADD COLUMN pauses INTEGER DEFAULT 0;

ALTER TABLE session_facts ADD COLUMN interruptions INTEGER DEFAULT 0;

ALTER TABLE session_facts ADD COLUMN paused_seconds DOUBLE PRECISION DEFAULT 0;
