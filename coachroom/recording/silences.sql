-- name: add_silence
INSERT INTO silences (session_id, id, ended_at, seconds, broken_by)
SELECT id, $2, $3, $4, $5 FROM sessions
WHERE id = $1 AND off_record_at IS NULL AND (SELECT count(*) FROM silences WHERE session_id = $1) < $6
ON CONFLICT (session_id, id) DO NOTHING
