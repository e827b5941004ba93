-- name: member_ids
SELECT skool_member_id FROM members WHERE client_id = $1 AND skool_member_id IS NOT NULL

-- name: never_here
SELECT email, skool_member_id, created_at FROM members WHERE client_id IS NULL ORDER BY email

-- name: back
SELECT id FROM client_profiles WHERE id = ANY($1::text[]) ORDER BY id
