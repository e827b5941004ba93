-- name: add
INSERT INTO erased_calls (conversation_id, tries, next_try_at)
SELECT unnest($1::text[]), 0, CAST($2 AS timestamp) ON CONFLICT DO NOTHING

-- name: add_of_session
-- Its calls that are over; with $3 also those of which nobody has said that they are, a moment later.
INSERT INTO erased_calls (conversation_id, tries, next_try_at)
SELECT id, 0, CASE WHEN ended_at IS NULL THEN CAST($4 AS timestamp) ELSE CAST($2 AS timestamp) END
FROM agent_conversations WHERE session_id = $1 AND (ended_at IS NOT NULL OR $3) ON CONFLICT DO NOTHING

-- name: add_unreported
INSERT INTO erased_calls (conversation_id, tries, next_try_at)
SELECT id, 0, CAST($2 AS timestamp) FROM agent_conversations WHERE session_id = $1 AND end_reason IS NULL
ON CONFLICT DO NOTHING

-- name: ask_again
UPDATE erased_calls SET next_try_at = $2, tries = 0 WHERE conversation_id = $1 AND next_try_at IS NULL

-- name: due
SELECT conversation_id, tries FROM erased_calls WHERE next_try_at <= $1 ORDER BY tries, next_try_at LIMIT $2

-- name: settle
UPDATE erased_calls SET tries = $2, next_try_at = $3 WHERE conversation_id = $1

-- name: is_erased
SELECT 1 FROM erased_calls WHERE conversation_id = $1

-- name: waiting
SELECT count(*) FROM erased_calls WHERE next_try_at IS NOT NULL
