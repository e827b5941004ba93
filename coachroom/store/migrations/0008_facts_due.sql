-- Sessions that are over whose facts are to be made, for the first time or again. `changes`: how often they became due
-- since they were made last.
CREATE TABLE facts_due (
  session_id TEXT NOT NULL PRIMARY KEY,
  due_at TIMESTAMP NOT NULL,
  changes INTEGER NOT NULL
);
