-- name: of_session
SELECT session_id, client_id, words, reported_at FROM safety_reports WHERE session_id = $1

-- name: latest
SELECT session_id, client_id, words, reported_at FROM safety_reports ORDER BY reported_at DESC, session_id LIMIT $1

-- name: put
-- Not for a session that its client deleted, or took off the record.
INSERT INTO safety_reports (session_id, client_id, words, reported_at)
SELECT id, client_id, $3, $4 FROM sessions WHERE id = $1 AND client_id = $2 AND off_record_at IS NULL
ON CONFLICT (session_id) DO UPDATE SET words = excluded.words, reported_at = excluded.reported_at
RETURNING session_id

-- name: take_back
DELETE FROM safety_reports WHERE session_id = $1 AND client_id = $2
