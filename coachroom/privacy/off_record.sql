-- name: is_open_off_record
SELECT 1 FROM sessions WHERE id = $1 AND off_record_at IS NOT NULL AND status IN ('waiting', 'active')

-- name: off_record_of
SELECT id FROM sessions WHERE id = ANY($1::text[]) AND off_record_at IS NOT NULL
