-- name: add
INSERT INTO audit_log (id, logged_at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, CAST($6 AS JSON))
