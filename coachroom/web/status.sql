-- name: sessions_by_status
SELECT status, count(*) FROM sessions GROUP BY status

-- name: calls_by_record
SELECT record, count(*) FROM agent_conversations GROUP BY record

-- name: turns
SELECT count(*) FROM conversations
