-- name: status_of
SELECT status FROM sessions WHERE id = $1

-- name: count_notes
SELECT count(*) FROM proposals WHERE session_id = $1 AND source = 'tool'
