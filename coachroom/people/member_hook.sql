-- name: is_known
SELECT 1 FROM hook_events WHERE key = $1 AND received_at > $2

-- name: put
INSERT INTO hook_events (key, received_at) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET received_at = excluded.received_at

-- name: forget
DELETE FROM hook_events WHERE received_at < $1
