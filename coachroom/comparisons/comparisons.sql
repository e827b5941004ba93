-- name: all
SELECT id, label, why, standing, candidate, share, smallest, planned_sessions, state, made_by, made_at, started_at,
       looked_at, ended_at, stopped_by, stopped_because, decision, decided_by, words, decided_at
FROM comparisons ORDER BY made_at DESC, id

-- name: undecided
-- The one that began and is not decided, if there is one.
SELECT id FROM comparisons WHERE state IN ('running', 'finished', 'stopped')

-- name: add
INSERT INTO comparisons (id, label, why, standing, candidate, share, smallest, planned_sessions, state, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10)

-- name: title_taken
SELECT id FROM comparisons WHERE label = $1

-- name: delete_draft
DELETE FROM comparisons WHERE id = $1 AND state = 'draft' RETURNING id

-- name: state_of
SELECT state FROM comparisons WHERE id = $1

-- name: start
UPDATE comparisons SET state = 'running', started_at = $2, looked_at = $2, planned_sessions = $3 WHERE id = $1

-- name: stop
UPDATE comparisons SET state = 'stopped', ended_at = $2, stopped_by = $3, stopped_because = $4 WHERE id = $1

-- name: finish
UPDATE comparisons SET state = 'finished', ended_at = $2 WHERE id = $1

-- name: decide
UPDATE comparisons SET state = 'decided', decided_at = $2, decided_by = $3, decision = $4, words = $5 WHERE id = $1

-- name: looked
UPDATE comparisons SET looked_at = $2 WHERE id = $1

-- name: draw_of
SELECT arm, left_at IS NOT NULL FROM comparison_draws WHERE comparison_id = $1 AND client_id = $2

-- name: drawn
SELECT count(*) FROM comparison_draws WHERE comparison_id = $1

-- name: put_draw
INSERT INTO comparison_draws (comparison_id, client_id, arm, probability, fence, drawn_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: other_sessions
SELECT count(*) FROM sessions WHERE client_id = $1 AND id <> $2

-- name: refused
SELECT client_id FROM comparison_refusals WHERE client_id = $1

-- name: refuse
INSERT INTO comparison_refusals (client_id, refused_at) VALUES ($1, $2) ON CONFLICT (client_id) DO NOTHING

-- name: leave
UPDATE comparison_draws SET left_at = $2 WHERE client_id = $1 AND left_at IS NULL

-- name: allow
DELETE FROM comparison_refusals WHERE client_id = $1

-- name: reported
-- Reports of safety since its start about sessions with the candidate; where no record says which version was met, about
-- sessions of clients who had drawn it.
SELECT count(*)
FROM (SELECT session_id, client_id, reported_at FROM safety_reports
      UNION ALL SELECT session_id, client_id, reported_at FROM coach_safety_reports) AS r
JOIN sessions s ON s.id = r.session_id JOIN comparison_draws d ON d.client_id = r.client_id
JOIN comparisons c ON c.id = d.comparison_id
WHERE c.id = $1 AND r.reported_at >= c.started_at AND coalesce(s.end_time, 'infinity') >= d.drawn_at
  AND (EXISTS (SELECT 1 FROM agent_conversations a WHERE a.session_id = s.id AND a.branch_id = c.candidate)
       OR (d.arm = 'candidate' AND coalesce(d.left_at, 'infinity') > s.start_time
           AND NOT EXISTS (SELECT 1 FROM agent_conversations a
                           WHERE a.session_id = s.id AND a.branch_id IS NOT NULL)))

-- name: met
-- Which version a session had, where its client was in a comparison of versions when it began.
SELECT DISTINCT c.label, CASE WHEN a.branch_id = c.candidate THEN 'candidate' ELSE 'standing' END
FROM sessions s JOIN comparison_draws d ON d.client_id = s.client_id JOIN comparisons c ON c.id = d.comparison_id
JOIN agent_conversations a ON a.session_id = s.id AND a.branch_id IN (c.standing, c.candidate)
WHERE s.id = $1 AND s.start_time >= c.started_at AND s.start_time < coalesce(c.decided_at, 'infinity') ORDER BY 1, 2
