CREATE TABLE members (
  email TEXT PRIMARY KEY,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('client', 'coach', 'analyst', 'admin')),
  status TEXT NOT NULL CHECK (status IN ('active', 'removed')),
  client_id TEXT,
  coach_email TEXT,
  skool_member_id TEXT,
  tier TEXT,
  joined_at TIMESTAMP,
  answers JSON,
  source TEXT NOT NULL CHECK (source IN ('skool', 'demo', 'manual')),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);

CREATE TABLE client_profiles (
  id TEXT PRIMARY KEY,
  skool_user_id TEXT,
  display_name TEXT,
  preferences TEXT,
  challenges TEXT,
  history TEXT,
  created_at TIMESTAMP NOT NULL,
  erased_at TIMESTAMP
);

CREATE TABLE consents (
  client_id TEXT NOT NULL,
  version TEXT NOT NULL,
  given_at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, version)
);

CREATE TABLE rooms (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  closed_at TIMESTAMP
);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  room_id TEXT,
  client_id TEXT NOT NULL,
  start_time TIMESTAMP NOT NULL,
  end_time TIMESTAMP,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'active', 'completed', 'abandoned', 'failed')),
  end_reason TEXT,
  last_seen_at TIMESTAMP NOT NULL,
  agent_conversation_id TEXT
);

CREATE TABLE agent_conversations (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  started_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  end_reason TEXT,
  record TEXT NOT NULL CHECK (record IN ('live', 'pending', 'complete', 'missing')),
  tries INTEGER NOT NULL,
  next_try_at TIMESTAMP
);

CREATE TABLE conversations (
  session_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  message TEXT NOT NULL,
  sender TEXT NOT NULL CHECK (sender IN ('client', 'agent', 'coach', 'system')),
  timestamp TIMESTAMP NOT NULL,
  context JSON NOT NULL,
  PRIMARY KEY (session_id, seq)
);

CREATE TABLE feedback (
  session_id TEXT PRIMARY KEY,
  rating SMALLINT CHECK (rating BETWEEN 1 AND 5),
  nps SMALLINT CHECK (nps BETWEEN 0 AND 10),
  comment TEXT,
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE goals (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  title TEXT NOT NULL,
  weight DOUBLE PRECISION NOT NULL,
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE goal_checkins (
  id TEXT PRIMARY KEY,
  goal_id TEXT NOT NULL,
  score SMALLINT NOT NULL CHECK (score BETWEEN -2 AND 2),
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE audit_log (
  id TEXT PRIMARY KEY,
  logged_at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail JSON
);
