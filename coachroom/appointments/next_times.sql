-- name: offer
INSERT INTO offered_times (session_id, begins_at, kind, offered_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (session_id, begins_at, kind) DO UPDATE SET offered_at = excluded.offered_at

-- name: kind_offered
-- The latest, where a time was offered for more than one.
SELECT kind FROM offered_times WHERE session_id = $1 AND begins_at = $2 ORDER BY offered_at DESC, kind LIMIT 1

-- name: booked_at
SELECT id FROM appointments WHERE client_id = $1 AND begins_at = $2 AND kind = $3 AND status = 'booked'

-- name: email_of
SELECT min(email) FROM members WHERE client_id = $1 AND role = 'client' AND status = 'active'
