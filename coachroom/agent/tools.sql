-- name: status_of
SELECT status, off_record_at IS NOT NULL FROM sessions WHERE id = $1

-- name: count_notes
SELECT count(*) FROM proposals WHERE session_id = $1 AND source = 'tool'
