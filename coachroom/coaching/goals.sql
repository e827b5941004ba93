-- name: goals_of
SELECT g.id, g.client_id, g.title, g.importance, g.difficulty, coalesce(g.status, 'active') AS state, g.created_at,
       g.session_id, c.id, c.score, c.note, c.session_id, c.created_at
FROM goals g LEFT JOIN (
  SELECT k.id, k.goal_id, k.score, k.note, k.session_id, k.created_at,
         row_number() OVER (PARTITION BY k.goal_id ORDER BY k.created_at DESC, k.id DESC) AS place
  FROM goal_checkins k JOIN goals mine ON mine.id = k.goal_id WHERE mine.client_id = $1
) AS c ON c.goal_id = g.id AND c.place = 1
WHERE g.client_id = $1
ORDER BY CASE coalesce(g.status, 'active') WHEN 'active' THEN 1 WHEN 'reached' THEN 2 ELSE 3 END,
         g.created_at DESC, g.id DESC

-- name: levels_of
SELECT l.goal_id, l.score, l.words FROM goal_levels l JOIN goals g ON g.id = l.goal_id WHERE g.client_id = $1

-- name: check_ins_of
SELECT c.id, c.goal_id, c.score, c.note, c.session_id, c.created_at
FROM goal_checkins c JOIN goals g ON g.id = c.goal_id WHERE g.client_id = $1 ORDER BY c.created_at, c.id

-- name: own_goal
SELECT 1 FROM goals WHERE id = $1 AND client_id = $2

-- name: add_goal
INSERT INTO goals (id, client_id, title, weight, importance, difficulty, session_id, created_at, status)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active') ON CONFLICT (id) DO NOTHING

-- name: change_goal
UPDATE goals SET title = $2, importance = $3, difficulty = $4, weight = $5 WHERE id = $1

-- name: close_goal
UPDATE goals SET status = $2, closed_at = $3 WHERE id = $1

-- name: remove_goal
DELETE FROM goals WHERE id = $1

-- name: remove_levels
DELETE FROM goal_levels WHERE goal_id = $1

-- name: add_level
INSERT INTO goal_levels (goal_id, score, words) VALUES ($1, $2, $3)

-- name: remove_check_ins_on
DELETE FROM goal_checkins WHERE goal_id = $1

-- name: unlink_actions
UPDATE actions SET goal_id = NULL WHERE goal_id = $1

-- name: add_check_in
INSERT INTO goal_checkins (id, goal_id, score, note, session_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING

-- name: remove_check_in
DELETE FROM goal_checkins WHERE id = $1
