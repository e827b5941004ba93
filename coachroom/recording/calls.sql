-- name: add_call
INSERT INTO agent_conversations (id, session_id, started_at, record, tries, next_try_at, agent_id)
SELECT $1, id, $3, CASE WHEN status IN ('waiting', 'active') THEN 'live' ELSE 'pending' END, 0, $4, $5
FROM sessions WHERE id = $2 AND (SELECT count(*) FROM agent_conversations WHERE session_id = $2) < $6
ON CONFLICT (id) DO NOTHING

-- name: latest_call
SELECT id FROM agent_conversations WHERE session_id = $1 ORDER BY started_at DESC, id DESC LIMIT 1

-- name: claim_record
-- Never another client's record.
UPDATE provider_records SET session_id = $2
WHERE conversation_id = $1 AND session_id IS NULL
  AND (client_id IS NULL OR client_id = (SELECT client_id FROM sessions WHERE id = $2))

-- name: note_version
UPDATE agent_conversations SET version_id = $2, branch_id = $3
WHERE id = $1 AND (version_id IS DISTINCT FROM $2 OR branch_id IS DISTINCT FROM $3)

-- name: delete_record
DELETE FROM provider_records WHERE conversation_id = $1

-- name: end_call
UPDATE agent_conversations SET ended_at = $2, end_reason = $3, close_code = $5, close_reason = $6
WHERE id = $1 AND session_id = $4 AND ended_at IS NULL
RETURNING id

-- name: agent_hung_up
SELECT ended_at IS NOT NULL AND end_reason = 'agent' FROM agent_conversations
WHERE session_id = $1 ORDER BY started_at DESC LIMIT 1
