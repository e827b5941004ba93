CREATE TABLE coaching_preferences (
  client_id TEXT PRIMARY KEY,
  called TEXT,
  tone TEXT CHECK (tone IN ('direct', 'gentle')),
  pace TEXT CHECK (pace IN ('short', 'exploring')),
  language TEXT,
  remembers BOOLEAN NOT NULL,
  nothing_before TIMESTAMP,
  updated_at TIMESTAMP NOT NULL
);

ALTER TABLE goals ADD COLUMN status TEXT;

ALTER TABLE goals ADD COLUMN closed_at TIMESTAMP;

ALTER TABLE goals ADD COLUMN session_id TEXT;

CREATE TABLE goal_levels (
  goal_id TEXT NOT NULL,
  score SMALLINT NOT NULL CHECK (score BETWEEN -2 AND 2),
  words TEXT NOT NULL,
  PRIMARY KEY (goal_id, score)
);

ALTER TABLE goal_checkins ADD COLUMN session_id TEXT;

ALTER TABLE goal_checkins ADD COLUMN note TEXT;

ALTER TABLE actions ADD COLUMN goal_id TEXT;

ALTER TABLE actions ADD COLUMN dropped_why TEXT;

CREATE TABLE memories (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('fact', 'preference', 'challenge', 'summary')),
  text TEXT,
  fingerprint TEXT NOT NULL,
  session_id TEXT,
  turns JSON NOT NULL,
  confidence DOUBLE PRECISION NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  source TEXT NOT NULL CHECK (source IN ('client', 'tool', 'provider')),
  status TEXT NOT NULL CHECK (status IN ('active', 'edited', 'forgotten')),
  created_at TIMESTAMP NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  CHECK (status = 'forgotten' OR text IS NOT NULL)
);

CREATE TABLE proposals (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  session_id TEXT,
  source TEXT NOT NULL CHECK (source IN ('tool', 'provider', 'coach')),
  kind TEXT NOT NULL CHECK (kind IN ('goal', 'progress', 'action', 'action_done', 'memory', 'tailoring')),
  content JSON NOT NULL,
  turns JSON NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'applied', 'declined', 'undone')),
  target_id TEXT,
  created_at TIMESTAMP NOT NULL,
  decided_at TIMESTAMP
);

CREATE TABLE session_stages (
  session_id TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('goal', 'reality', 'options', 'will')),
  reached_at TIMESTAMP NOT NULL,
  PRIMARY KEY (session_id, stage)
);

CREATE TABLE briefings (
  session_id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  variables JSON NOT NULL,
  long_form TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL
);

CREATE TABLE provider_records (
  conversation_id TEXT PRIMARY KEY,
  session_id TEXT,
  client_id TEXT,
  record JSON NOT NULL,
  analysis JSON,
  struck BOOLEAN NOT NULL,
  settled BOOLEAN NOT NULL,
  filed BOOLEAN NOT NULL,
  received_at TIMESTAMP NOT NULL
);
