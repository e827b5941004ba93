-- What `agent test --branch` found: once for each run with all scripted clients. `version` is the agent's on this branch
-- at that time; `tests` is the fingerprint of the file of clients; `failed` names the clients with whom a must failed.
CREATE TABLE agent_tries (
  id TEXT PRIMARY KEY,
  branch TEXT NOT NULL,
  version TEXT NOT NULL,
  tests TEXT NOT NULL,
  failed JSON NOT NULL,
  tried_at TIMESTAMP NOT NULL
);
