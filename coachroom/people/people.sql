-- name: find_member
SELECT email, display_name, role, client_id, source FROM members WHERE email = $1 AND status = 'active'

-- name: demo_members
SELECT email, display_name, role, client_id, source FROM members
WHERE source = 'demo' AND status = 'active' AND email NOT LIKE '%@demo.example' ORDER BY CASE role WHEN 'client' THEN 1 WHEN 'coach' THEN 2
  WHEN 'analyst' THEN 3 ELSE 4 END, display_name

-- name: coach_of
SELECT coach.display_name FROM members m JOIN members coach ON coach.email = m.coach_email
WHERE m.client_id = $1 AND m.status = 'active' AND coach.status = 'active'

-- name: email_of
SELECT email FROM members WHERE client_id = $1 AND status = 'active'

-- name: client_id_of
SELECT client_id FROM members WHERE email = $1 AND client_id IS NOT NULL

-- name: profile_of_skool_member
SELECT p.id FROM client_profiles p JOIN members m ON m.skool_member_id = p.skool_user_id
WHERE m.email = $1 AND p.erased_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM members other WHERE other.client_id = p.id)

-- name: add_profile
INSERT INTO client_profiles (id, skool_user_id, display_name, created_at)
SELECT $1, skool_member_id, display_name, $3 FROM members WHERE email = $2

-- name: link_profile
UPDATE members SET client_id = $1, updated_at = $3 WHERE email = $2 AND client_id IS NULL
