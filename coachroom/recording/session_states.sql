-- name: records
SELECT record, analysis, struck, filed, received_at FROM provider_records WHERE session_id = $1 ORDER BY conversation_id
