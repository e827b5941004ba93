-- name: client_turns
SELECT count(*) FROM conversations WHERE session_id = $1 AND sender = 'client' AND message NOT IN ('', '...')
