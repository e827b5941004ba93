-- Which rows of this package's tables are one session's, as conditions; FALSE where a table holds none.

-- name: outbox
-- The report that the session is over.
key = 'session.finished ' || $session

-- name: device_notices
FALSE

-- name: devices
FALSE

-- name: push_subscriptions
FALSE

-- name: unsubscribed
FALSE
