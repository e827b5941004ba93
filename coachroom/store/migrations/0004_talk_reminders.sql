-- When the agent was reminded during a call to ask more and say less. `id`: the page's event, epoch.number.
CREATE TABLE talk_reminders (
  session_id TEXT NOT NULL,
  id TEXT NOT NULL,
  reminded_at TIMESTAMP NOT NULL,
  PRIMARY KEY (session_id, id)
);
