-- name: steps_due
-- Clients with open next steps that are due on a day between these two and nobody reminded them of; since when the
-- oldest of these is known, and the client's time zone.
SELECT a.client_id, m.email, a.due_on, min(a.created_at), p.timezone
FROM actions a JOIN members m ON m.client_id = a.client_id AND m.role = 'client' AND m.status = 'active'
JOIN client_profiles p ON p.id = a.client_id
LEFT JOIN step_answers s ON s.action_id = a.id AND s.due_on = a.due_on
LEFT JOIN given_reminders g ON g.client_id = a.client_id AND g.cause = 'step ' || CAST(a.due_on AS text)
WHERE a.status = 'open' AND a.due_on BETWEEN $1 AND $2 AND s.answer IS NULL AND g.cause IS NULL
GROUP BY a.client_id, m.email, a.due_on, p.timezone
ORDER BY a.client_id, a.due_on

-- name: come_back_due
SELECT c.client_id, m.email, c.come_on, c.chosen_at, p.timezone
FROM come_back_days c JOIN members m ON m.client_id = c.client_id AND m.role = 'client' AND m.status = 'active'
JOIN client_profiles p ON p.id = c.client_id
LEFT JOIN given_reminders g ON g.client_id = c.client_id AND g.cause = 'back ' || CAST(c.come_on AS text)
WHERE c.come_on BETWEEN $1 AND $2 AND g.cause IS NULL
  AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.client_id = c.client_id AND s.start_time > c.chosen_at)
ORDER BY c.client_id

-- name: count_given
SELECT count(*) FROM given_reminders WHERE client_id = $1 AND given_at > $2

-- name: give
-- Not to whoever was erased or removed since they were looked up.
INSERT INTO given_reminders (client_id, cause, given_at)
SELECT $1, $2, CAST($3 AS timestamp)
WHERE EXISTS (SELECT 1 FROM members m WHERE m.client_id = $1 AND m.status = 'active')
ON CONFLICT DO NOTHING RETURNING cause

-- name: forget_given
DELETE FROM given_reminders WHERE given_at < $1

-- name: name_of
SELECT display_name FROM members WHERE email = $1
