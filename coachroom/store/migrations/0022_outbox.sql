-- What goes out, mail and hooks alike. It is written in the transaction of its cause; `key` names the cause, so that
-- one cause gives one message. `payload` is deleted once the message is sent or dropped. `about`: the
-- client whom a report is about. No payload names others than this one, or its recipient.
CREATE TABLE outbox (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('mail', 'hook')),
  recipient TEXT,
  about TEXT[] NOT NULL,
  payload JSON,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up', 'dropped')),
  tries INTEGER NOT NULL,
  created_at TIMESTAMP NOT NULL,
  next_try_at TIMESTAMP,
  good_until TIMESTAMP,
  settled_at TIMESTAMP,
  error TEXT
);

-- Who wants no more mails of a kind.
CREATE TABLE unsubscribed (
  email TEXT NOT NULL,
  kind TEXT NOT NULL,
  unsubscribed_at TIMESTAMP NOT NULL,
  PRIMARY KEY (email, kind)
);

-- What a hook has brought already, as keyed hashes that name nobody.
CREATE TABLE hook_events (
  key TEXT PRIMARY KEY,
  received_at TIMESTAMP NOT NULL
);
