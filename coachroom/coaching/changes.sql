-- What became of a client's ($1) goals and actions from the time $2 on, before $3.

-- name: goals_since
SELECT g.title, g.created_at >= CAST($2 AS timestamp) AS is_new,
       CASE WHEN g.closed_at >= CAST($2 AS timestamp) AND g.closed_at < CAST($3 AS timestamp) THEN g.status END AS closed,
       b.score AS before, a.score AS after
FROM goals g
LEFT JOIN (
  SELECT c.goal_id, c.score, row_number() OVER (PARTITION BY c.goal_id ORDER BY c.created_at DESC, c.id DESC) AS place
  FROM goal_checkins c JOIN goals mine ON mine.id = c.goal_id
  WHERE mine.client_id = $1 AND c.created_at < CAST($2 AS timestamp)
) AS b ON b.goal_id = g.id AND b.place = 1
LEFT JOIN (
  SELECT c.goal_id, c.score, row_number() OVER (PARTITION BY c.goal_id ORDER BY c.created_at DESC, c.id DESC) AS place
  FROM goal_checkins c JOIN goals mine ON mine.id = c.goal_id
  WHERE mine.client_id = $1 AND c.created_at >= CAST($2 AS timestamp) AND c.created_at < CAST($3 AS timestamp)
) AS a ON a.goal_id = g.id AND a.place = 1
WHERE g.client_id = $1 AND g.created_at < CAST($3 AS timestamp)
ORDER BY g.created_at, g.id

-- name: actions_since
-- When an action was dropped is not on record: one counts here that was agreed or due since.
SELECT title, became FROM (
  SELECT id, title, created_at, CASE
    WHEN status = 'done' AND done_at >= CAST($2 AS timestamp) AND done_at < CAST($3 AS timestamp)
      THEN CASE WHEN done_at > due_at THEN 'done late' ELSE 'done' END
    WHEN status = 'dropped' AND greatest(created_at, coalesce(due_at, created_at)) >= CAST($2 AS timestamp) THEN 'dropped'
    WHEN status = 'open' AND due_at < CAST($3 AS timestamp) THEN 'late'
    WHEN status = 'open' AND created_at >= CAST($2 AS timestamp) THEN 'agreed'
    WHEN status = 'open' THEN 'open' END AS became
  FROM actions WHERE client_id = $1 AND created_at < CAST($3 AS timestamp)
) AS a WHERE became IS NOT NULL ORDER BY created_at, id
