-- Where browsers of people who asked for it take notifications: the push service's address, and the keys that only this
-- browser can read with. `person`: their e-mail address.
CREATE TABLE push_subscriptions (
  endpoint_hash TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  made_at TIMESTAMP NOT NULL
);

-- The outbox knows a third way out. A rule of a table cannot be changed: its rows move into a new one under its name.
CREATE TEMPORARY TABLE outbox_before_push AS SELECT * FROM outbox;

DROP TABLE outbox;

CREATE TABLE outbox (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('mail', 'hook', 'push')),
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

INSERT INTO outbox SELECT * FROM outbox_before_push;

DROP TABLE outbox_before_push;
