-- name: administrators
SELECT email FROM members WHERE role = 'admin' AND status = 'active' ORDER BY email

-- name: reported_by_client
SELECT reported_at FROM safety_reports WHERE session_id = $1

-- name: reported_by_coach
SELECT reported_at FROM coach_safety_reports WHERE session_id = $1 ORDER BY reported_at DESC LIMIT 1

-- name: told_since
-- Of which sessions mails about reports of the same side told, whether of a change, and whether they wait for everybody:
-- what was dropped has told nobody.
SELECT split_part(key, ' ', 2) AS session_id, split_part(key, ' ', 6) AS what, bool_and(state = 'waiting') AS waits
FROM outbox
WHERE kind = $1 AND $2 = ANY(about) AND split_part(key, ' ', 3) = $3 AND state <> 'dropped' AND created_at > $4
GROUP BY split_part(key, ' ', 2), split_part(key, ' ', 6)
