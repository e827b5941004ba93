-- What a client wrote in a session without a call, step by step. `target_id`: the goal or next step that it names.
CREATE TABLE written_steps (
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('goal', 'reality', 'options', 'will')),
  words TEXT NOT NULL,
  target_id TEXT,
  written_at TIMESTAMP NOT NULL,
  PRIMARY KEY (session_id, stage)
);

ALTER TABLE session_facts ADD COLUMN written_steps INTEGER DEFAULT 0;
