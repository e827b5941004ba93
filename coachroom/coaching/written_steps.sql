-- name: steps_of
SELECT session_id, stage, words, target_id, written_at FROM written_steps WHERE session_id = $1 ORDER BY written_at, stage

-- name: steps_by
SELECT session_id, stage, words, target_id, written_at FROM written_steps WHERE client_id = $1 ORDER BY written_at, stage

-- name: put_step
INSERT INTO written_steps (session_id, client_id, stage, words, target_id, written_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (session_id, stage) DO UPDATE SET words = excluded.words, target_id = excluded.target_id
