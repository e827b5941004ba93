-- name: calls_of
SELECT id FROM agent_conversations WHERE session_id = $1
UNION
SELECT conversation_id FROM provider_records WHERE session_id = $1
UNION
SELECT conversation_id FROM call_grants WHERE session_id = $1 AND conversation_id IS NOT NULL
ORDER BY 1
