-- name: list_records
SELECT record, analysis, struck, filed AS published, received_at FROM provider_records WHERE session_id = $1 ORDER BY conversation_id
