-- Two versions of the agent side by side: `standing` and `candidate` are branches of it. `share`: how many new clients
-- meet the candidate; `smallest`: the difference, in stars, that the planned size can tell.
CREATE TABLE comparisons (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  why TEXT NOT NULL,
  standing TEXT NOT NULL,
  candidate TEXT NOT NULL,
  share DOUBLE PRECISION NOT NULL,
  smallest DOUBLE PRECISION NOT NULL,
  planned_sessions INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'stopped', 'finished', 'decided')),
  made_by TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL,
  started_at TIMESTAMP,
  looked_at TIMESTAMP,
  ended_at TIMESTAMP,
  stopped_by TEXT,
  stopped_because TEXT,
  decision TEXT CHECK (decision IN ('standing', 'candidate')),
  decided_by TEXT,
  words TEXT,
  decided_at TIMESTAMP
);

-- Which version a new client was drawn into, once. `fence`: among the first, of whom few meet the candidate, so that
-- what is broken is seen early; not in the estimate.
CREATE TABLE comparison_draws (
  comparison_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  arm TEXT NOT NULL CHECK (arm IN ('standing', 'candidate')),
  probability DOUBLE PRECISION NOT NULL,
  fence BOOLEAN NOT NULL,
  drawn_at TIMESTAMP NOT NULL,
  left_at TIMESTAMP,
  PRIMARY KEY (comparison_id, client_id)
);

-- Clients who do not want to be in any comparison.
CREATE TABLE comparison_refusals (
  client_id TEXT PRIMARY KEY,
  refused_at TIMESTAMP NOT NULL
);
