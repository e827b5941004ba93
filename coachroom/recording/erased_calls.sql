-- name: add
INSERT INTO erased_calls (conversation_id, tries, next_try_at)
SELECT unnest($1::text[]), 0, CAST($2 AS timestamp) ON CONFLICT DO NOTHING

-- name: due
SELECT conversation_id, tries FROM erased_calls WHERE next_try_at <= $1 ORDER BY tries, next_try_at LIMIT $2

-- name: settle
UPDATE erased_calls SET tries = $2, next_try_at = $3 WHERE conversation_id = $1

-- name: is_erased
SELECT 1 FROM erased_calls WHERE conversation_id = $1

-- name: waiting
SELECT count(*) FROM erased_calls WHERE next_try_at IS NOT NULL
