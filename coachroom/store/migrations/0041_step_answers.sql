-- What a client answered, once, when asked about a next step that was due on this day.
CREATE TABLE step_answers (
  action_id TEXT NOT NULL,
  due_on DATE NOT NULL,
  client_id TEXT NOT NULL,
  answer TEXT NOT NULL,
  answered_at TIMESTAMP NOT NULL,
  PRIMARY KEY (action_id, due_on)
);
