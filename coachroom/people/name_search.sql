-- name: names
SELECT email, display_name, skool_member_id, client_id FROM members
