-- name: subscribe
-- Of a browser that somebody else used before, the new one counts.
INSERT INTO push_subscriptions (endpoint_hash, person, endpoint, p256dh, auth, made_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (endpoint_hash) DO UPDATE SET
  person = excluded.person, p256dh = excluded.p256dh, auth = excluded.auth, made_at = excluded.made_at

-- name: drop_oldest
DELETE FROM push_subscriptions WHERE endpoint_hash IN (
  SELECT endpoint_hash FROM push_subscriptions WHERE person = $1 ORDER BY made_at DESC, endpoint_hash OFFSET $2
)

-- name: drop
DELETE FROM push_subscriptions WHERE endpoint_hash = $1

-- name: unsubscribe
DELETE FROM push_subscriptions WHERE endpoint_hash = $1 AND person = $2

-- name: unsubscribe_all
DELETE FROM push_subscriptions WHERE person = $1

-- name: find
SELECT endpoint, p256dh, auth FROM push_subscriptions WHERE endpoint_hash = $1

-- name: of_person
SELECT endpoint_hash FROM push_subscriptions WHERE person = $1 ORDER BY endpoint_hash
