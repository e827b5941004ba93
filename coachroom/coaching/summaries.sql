-- name: choices_of
SELECT session_id, title, shared FROM session_choices WHERE client_id = $1

-- name: noted_by
SELECT session_id, kind, content FROM proposals
WHERE client_id = $1 AND session_id IS NOT NULL AND status = 'applied' AND kind IN ('goal', 'action', 'progress')
ORDER BY created_at, id

-- name: put_title
INSERT INTO session_choices (session_id, client_id, title, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (session_id) DO UPDATE SET title = excluded.title, changed_at = excluded.changed_at

-- name: put_shared
INSERT INTO session_choices (session_id, client_id, shared, changed_at) VALUES ($1, $2, CAST($3 AS JSON), $4)
ON CONFLICT (session_id) DO UPDATE SET shared = excluded.shared, changed_at = excluded.changed_at
