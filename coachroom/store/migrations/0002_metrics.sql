CREATE TABLE session_facts (
  session_id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  client_no INTEGER NOT NULL,
  agent_id TEXT,
  start_time TIMESTAMP NOT NULL,
  end_time TIMESTAMP NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('completed', 'abandoned', 'failed')),
  end_reason TEXT,
  duration_seconds DOUBLE PRECISION NOT NULL,
  client_turns INTEGER NOT NULL,
  agent_turns INTEGER NOT NULL,
  client_words INTEGER NOT NULL,
  agent_words INTEGER NOT NULL,
  interrupted_turns INTEGER NOT NULL,
  latencies_ms INTEGER[]
);

CREATE TABLE client_numbers (
  client_id TEXT PRIMARY KEY,
  client_no INTEGER NOT NULL
);

ALTER TABLE agent_conversations ADD COLUMN agent_id TEXT;

CREATE TABLE check_ins (
  session_id TEXT PRIMARY KEY,
  heard SMALLINT NOT NULL CHECK (heard BETWEEN 0 AND 10),
  right_topics SMALLINT NOT NULL CHECK (right_topics BETWEEN 0 AND 10),
  approach_fits SMALLINT NOT NULL CHECK (approach_fits BETWEEN 0 AND 10),
  overall SMALLINT NOT NULL CHECK (overall BETWEEN 0 AND 10),
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE evaluations (
  session_id TEXT PRIMARY KEY,
  result TEXT NOT NULL CHECK (result IN ('success', 'failure', 'unknown')),
  rationale TEXT,
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE confidence (
  session_id TEXT PRIMARY KEY,
  before_score SMALLINT CHECK (before_score BETWEEN 0 AND 10),
  after_score SMALLINT CHECK (after_score BETWEEN 0 AND 10),
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE actions (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  session_id TEXT,
  title TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'done', 'dropped')),
  due_at TIMESTAMP,
  done_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  CHECK (status <> 'done' OR done_at IS NOT NULL)
);

ALTER TABLE goals ADD COLUMN importance SMALLINT;

ALTER TABLE goals ADD COLUMN difficulty SMALLINT;
