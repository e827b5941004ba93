-- name: add_silence
INSERT INTO silences (session_id, id, ended_at, seconds, broken_by)
SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM silences WHERE session_id = $1) < $6
ON CONFLICT (session_id, id) DO NOTHING
