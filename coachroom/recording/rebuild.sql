-- name: sessions_over
SELECT id FROM sessions WHERE id = ANY($1) AND status NOT IN ('waiting', 'active')

-- name: mark_published
UPDATE provider_records SET filed = TRUE
FROM (SELECT unnest($1::text[]) AS id, unnest($2::timestamp[]) AS received_at) AS v
WHERE provider_records.conversation_id = v.id AND provider_records.received_at = v.received_at

-- name: mark_complete
UPDATE agent_conversations SET record = 'complete' WHERE id = ANY($1) AND record <> 'complete'

-- name: put_evaluation
INSERT INTO evaluations (session_id, result, created_at) VALUES ($1, $2, $3)
ON CONFLICT (session_id) DO UPDATE SET result = excluded.result, created_at = excluded.created_at
