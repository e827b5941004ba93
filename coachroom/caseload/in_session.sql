-- name: of_coach
-- A coach's own clients in a session that a coach may ask to join: what Joins.ask would refuse is left out, but for
-- sessions in writing.
SELECT s.id, s.client_id, m.display_name, s.start_time, j.id, j.coach_email
FROM sessions s
JOIN members m ON m.client_id = s.client_id AND m.role = 'client' AND m.status = 'active'
JOIN members c ON c.email = m.coach_email AND c.role = 'coach' AND c.status = 'active'
LEFT JOIN live_joins j ON j.session_id = s.id AND j.status IN ('asked', 'admitted')
LEFT JOIN live_choices l ON l.client_id = s.client_id
WHERE c.email = $1 AND s.status = 'active' AND s.off_record_at IS NULL AND s.paused_at IS NULL
  AND coalesce(l.may_ask, TRUE)
ORDER BY s.start_time, s.id

-- name: in_writing
-- Of these sessions, those in which the client wrote and said nothing to the agent.
SELECT DISTINCT w.session_id FROM written_steps w
WHERE w.session_id = ANY($1::text[]) AND NOT EXISTS (
  SELECT 1 FROM conversations t
  WHERE t.session_id = w.session_id AND t.session_id = ANY($1::text[]) AND t.sender = 'client'
    AND t.message NOT IN ('', '...'))

-- name: newest_goals
-- The title of the newest open goal of each of these clients.
SELECT client_id, title FROM (
  SELECT client_id, title, row_number() OVER (PARTITION BY client_id ORDER BY created_at DESC, id DESC) AS place
  FROM goals WHERE client_id = ANY($1::text[]) AND coalesce(status, 'active') = 'active'
) AS g WHERE place = 1
