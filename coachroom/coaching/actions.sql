-- name: actions_of
SELECT id, client_id, title, status, due_at, done_at, dropped_why, goal_id, session_id, created_at, due_on
FROM actions
WHERE client_id = $1
ORDER BY CASE status WHEN 'open' THEN 1 ELSE 2 END, CASE status WHEN 'open' THEN due_at END ASC NULLS LAST,
         created_at DESC, id DESC

-- name: count_open
SELECT count(*) FROM actions WHERE client_id = $1 AND status = 'open'

-- name: own_action
SELECT status, done_at, dropped_why FROM actions WHERE id = $1 AND client_id = $2

-- name: add_action
INSERT INTO actions (id, client_id, title, status, due_at, goal_id, session_id, created_at, due_on)
VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING

-- name: own_goal
SELECT 1 FROM goals WHERE id = $1 AND client_id = $2

-- name: settle_action
-- The first answer counts, until it is open again.
UPDATE actions SET status = $2, done_at = $3, dropped_why = $4,
  answered_at = CASE WHEN $2 = 'open' THEN NULL WHEN status = 'open' THEN CAST($5 AS timestamp) ELSE answered_at END
WHERE id = $1

-- name: move_due
UPDATE actions SET due_on = $2, due_at = $3 WHERE id = $1

-- name: remove_answers
DELETE FROM step_answers WHERE action_id = $1

-- name: remove_action
DELETE FROM actions WHERE id = $1
