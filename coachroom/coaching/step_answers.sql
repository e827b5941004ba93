-- name: due_on
SELECT a.id, a.title, a.status, a.due_on, a.created_at, s.answer, s.answered_at
FROM actions a LEFT JOIN step_answers s ON s.action_id = a.id AND s.due_on = a.due_on
WHERE a.client_id = $1 AND a.due_on = $2 ORDER BY a.created_at, a.id

-- name: since
SELECT a.id, a.title, a.status, s.due_on, a.created_at, s.answer, s.answered_at
FROM step_answers s JOIN actions a ON a.id = s.action_id
WHERE s.client_id = $1 AND (CAST($2 AS timestamp) IS NULL OR s.answered_at >= CAST($2 AS timestamp)) AND s.answered_at < $3
ORDER BY s.answered_at DESC, a.id

-- name: latest
SELECT a.id, a.title, a.status, s.due_on, a.created_at, s.answer, s.answered_at
FROM step_answers s JOIN actions a ON a.id = s.action_id
WHERE s.client_id = $1 ORDER BY s.answered_at DESC, a.id LIMIT $2

-- name: put
INSERT INTO step_answers (action_id, due_on, client_id, answer, answered_at) VALUES ($1, $2, $3, $4, $5)
