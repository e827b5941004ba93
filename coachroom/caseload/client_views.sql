-- name: before
SELECT max(logged_at) FROM audit_log WHERE subject = $1 AND action = $2 AND actor = $3 AND logged_at < $4

-- name: of
SELECT coalesce(m.display_name, a.actor), m.role, a.logged_at
FROM audit_log a LEFT JOIN members m ON m.email = a.actor
WHERE a.subject = $1 AND a.action = $2 ORDER BY a.logged_at DESC, a.id DESC LIMIT $3
