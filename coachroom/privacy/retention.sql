-- name: due
-- Sessions that ended before $1 and whose facts are made, in the order they ended.
SELECT s.id FROM sessions s JOIN session_facts f ON f.session_id = s.id
WHERE s.end_time < $1 AND s.status NOT IN ('waiting', 'active')
  AND s.off_record_at IS NULL AND s.turns_expired_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM facts_due d WHERE d.session_id = s.id)
ORDER BY s.end_time, s.id LIMIT $2

-- name: may_expire
SELECT 1 FROM session_facts f WHERE f.session_id = $1
  AND NOT EXISTS (SELECT 1 FROM facts_due d WHERE d.session_id = $1)

-- name: due_briefings
SELECT b.session_id FROM briefings b JOIN sessions s ON s.id = b.session_id
WHERE s.end_time < $1 AND s.status NOT IN ('waiting', 'active') ORDER BY s.end_time, s.id LIMIT $2
