-- name: delete_check_ins
DELETE FROM goal_checkins WHERE session_id = $1

-- name: delete_actions
DELETE FROM actions WHERE session_id = $1

-- name: goals_from
SELECT id FROM goals WHERE session_id = $1
