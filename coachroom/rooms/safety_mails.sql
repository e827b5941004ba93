-- name: administrators
SELECT email FROM members WHERE role = 'admin' AND status = 'active' ORDER BY email

-- name: is_reported
SELECT 1 FROM safety_reports WHERE session_id = $1
UNION ALL SELECT 1 FROM coach_safety_reports WHERE session_id = $1

-- name: told_since
-- Of this session by the same reporter: what was dropped has told nobody.
SELECT 1 FROM outbox WHERE starts_with(key, $1) AND state <> 'dropped' AND created_at > $2 LIMIT 1
