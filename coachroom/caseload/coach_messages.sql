-- name: add
INSERT INTO coach_messages (id, client_id, coach_email, words, sent_at) VALUES ($1, $2, $3, $4, $5)

-- name: unread
SELECT count(*) FROM coach_messages WHERE client_id = $1 AND coach_email = $2 AND read_at IS NULL

-- name: to_client
SELECT c.id, coalesce(m.display_name, 'Your human coach'), c.words, c.sent_at, c.read_at
FROM coach_messages c LEFT JOIN members m ON m.email = c.coach_email
WHERE c.client_id = $1 AND (CAST($2 AS text) IS NULL OR c.coach_email = CAST($2 AS text))
ORDER BY c.sent_at DESC, c.id DESC LIMIT $3

-- name: waiting
SELECT c.id, coalesce(m.display_name, 'Your human coach'), c.words, c.sent_at, c.read_at
FROM coach_messages c LEFT JOIN members m ON m.email = c.coach_email
WHERE c.client_id = $1 AND c.read_at IS NULL ORDER BY c.sent_at DESC, c.id DESC

-- name: read
UPDATE coach_messages SET read_at = coalesce(read_at, $3) WHERE id = $1 AND client_id = $2
