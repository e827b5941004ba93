-- name: administrators
SELECT email FROM members WHERE role = 'admin' AND status = 'active' ORDER BY email

-- name: is_reported_by_client
SELECT 1 FROM safety_reports WHERE session_id = $1

-- name: is_reported_by_coach
SELECT 1 FROM coach_safety_reports WHERE session_id = $1 LIMIT 1

-- name: told_since
-- Of which sessions of a client that were reported by the same side: what was dropped has told nobody.
SELECT DISTINCT split_part(key, ' ', 2) FROM outbox
WHERE kind = $1 AND $2 = ANY(about) AND split_part(key, ' ', 3) = $3 AND state <> 'dropped' AND created_at > $4
