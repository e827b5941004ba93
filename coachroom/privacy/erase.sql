-- name: member_ids
SELECT skool_member_id FROM members WHERE client_id = $1 AND skool_member_id IS NOT NULL

-- name: back
SELECT id FROM client_profiles WHERE id = ANY($1::text[]) ORDER BY id
