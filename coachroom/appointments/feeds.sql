-- name: put
INSERT INTO calendar_feeds (email, key_hash, made_at) VALUES ($1, $2, $3)
ON CONFLICT (email) DO UPDATE SET key_hash = excluded.key_hash, made_at = excluded.made_at

-- name: email_of
SELECT f.email FROM calendar_feeds f JOIN members m ON m.email = f.email AND m.status = 'active' WHERE f.key_hash = $1

-- name: made_at
SELECT made_at FROM calendar_feeds WHERE email = $1

-- name: forget
DELETE FROM calendar_feeds WHERE email = $1
