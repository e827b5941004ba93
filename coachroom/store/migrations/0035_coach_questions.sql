-- A question that a human coach proposes for the next session with the AI coach. `session_id`: the session whose briefing
-- it was in last; `told_at`: when it first was in that briefing.
CREATE TABLE coach_questions (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  coach_email TEXT NOT NULL,
  words TEXT NOT NULL,
  why TEXT,
  status TEXT NOT NULL CHECK (status IN ('open', 'accepted', 'declined', 'asked')),
  session_id TEXT,
  proposed_at TIMESTAMP NOT NULL,
  answered_at TIMESTAMP,
  told_at TIMESTAMP
);
