-- name: status_of
SELECT status, off_record_at IS NOT NULL FROM sessions WHERE id = $1

-- name: count_notes
SELECT count(*) FROM proposals WHERE session_id = $1 AND source = 'tool'

-- name: put_lookup
-- While the session goes on and is on the record; the same call sent again changes nothing.
INSERT INTO session_lookups (id, session_id, client_id, about, looked_up_at)
SELECT $1, id, client_id, $3, $4 FROM sessions
WHERE id = $2 AND status IN ('waiting', 'active') AND off_record_at IS NULL
ON CONFLICT (id) DO NOTHING

-- name: lookups_of
SELECT id, about, looked_up_at FROM session_lookups WHERE session_id = $1 ORDER BY looked_up_at, id

-- name: forget_lookups
DELETE FROM session_lookups WHERE session_id = ANY($1)
