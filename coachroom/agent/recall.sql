-- name: own_words
SELECT session_id, id, message, timestamp FROM conversations
WHERE session_id IN (SELECT id FROM sessions WHERE client_id = $1 AND id <> $2 AND off_record_at IS NULL)
  AND sender = 'client' AND message <> '' AND context ->> 'mixed' IS NULL
  AND timestamp > $3
ORDER BY timestamp DESC, session_id DESC, seq DESC LIMIT $4

-- name: not_told
SELECT session_id, turns FROM memories WHERE client_id = $1 AND status IN ('forgotten', 'edited')
UNION ALL
SELECT session_id, turns FROM proposals WHERE client_id = $1 AND kind <> 'tailoring' AND status IN ('declined', 'undone')
