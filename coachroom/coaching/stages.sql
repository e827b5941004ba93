-- name: reach
INSERT INTO session_stages (session_id, stage, reached_at) VALUES ($1, $2, $3) ON CONFLICT (session_id, stage) DO NOTHING

-- name: stages_of
SELECT stage FROM session_stages WHERE session_id = $1
ORDER BY reached_at, CASE stage WHEN 'goal' THEN 1 WHEN 'reality' THEN 2 WHEN 'options' THEN 3 ELSE 4 END
