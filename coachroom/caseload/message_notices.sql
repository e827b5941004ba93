-- name: reader
SELECT email FROM members WHERE client_id = $1 AND role = 'client' AND status = 'active'

-- name: is_unread
SELECT 1 FROM coach_messages WHERE id = $1 AND read_at IS NULL

-- name: unread_of
SELECT 1 FROM coach_messages c JOIN members m ON m.client_id = c.client_id
WHERE m.email = $1 AND c.read_at IS NULL LIMIT 1
