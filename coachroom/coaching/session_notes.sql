-- name: delete_check_ins
DELETE FROM goal_checkins WHERE session_id = $1

-- name: delete_step_answers
DELETE FROM step_answers WHERE action_id IN (SELECT a.id FROM actions a WHERE a.session_id = $1)

-- name: delete_actions
DELETE FROM actions WHERE session_id = $1

-- name: forget_reasons
UPDATE actions SET dropped_why = NULL
WHERE id IN (SELECT target_id FROM proposals WHERE session_id = $1 AND kind = 'action_done' AND status = 'applied')

-- name: goals_from
SELECT id FROM goals WHERE session_id = $1

-- name: unlink_goals
UPDATE goals SET session_id = NULL WHERE session_id = $1

-- name: unlink_actions
UPDATE actions SET session_id = NULL WHERE session_id = $1

-- name: unlink_check_ins
UPDATE goal_checkins SET session_id = NULL WHERE session_id = $1

-- name: unlink_memories
-- What the client put in their own words rests on no turn.
UPDATE memories SET session_id = NULL, turns = CAST('[]' AS JSON) WHERE session_id = $1 AND status = 'edited'

-- name: unlink_coach_questions
-- One that was told and not asked waits for the next session.
UPDATE coach_questions SET session_id = NULL, told_at = NULL WHERE session_id = $1 AND status <> 'asked'

-- name: remembered_from
SELECT text FROM memories WHERE session_id = $1 AND text IS NOT NULL AND status <> 'edited'
