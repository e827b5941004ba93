-- What a human coach wrote to a client inside the app. `read_at`: when the client said that they have read it.
CREATE TABLE coach_messages (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  coach_email TEXT NOT NULL,
  words TEXT NOT NULL,
  sent_at TIMESTAMP NOT NULL,
  read_at TIMESTAMP
);
