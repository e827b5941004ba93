-- name: members
SELECT email, display_name, role, status, coach_email, skool_member_id, tier, joined_at, answers, source
FROM members ORDER BY email

-- name: put_members
INSERT INTO members (email, display_name, role, status, coach_email, skool_member_id, tier, joined_at, answers, source,
  created_at, updated_at)
SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
       unnest($6::text[]), unnest($7::text[]), unnest($8::timestamp[]), CAST(unnest($9::text[]) AS JSON),
       unnest($10::text[]), CAST($11 AS timestamp), CAST($11 AS timestamp)
ON CONFLICT (email) DO UPDATE SET display_name = excluded.display_name, role = excluded.role,
  status = excluded.status, coach_email = excluded.coach_email, skool_member_id = excluded.skool_member_id,
  tier = excluded.tier, joined_at = excluded.joined_at, answers = excluded.answers, updated_at = excluded.updated_at,
  left_at = CASE WHEN excluded.status = 'removed' THEN coalesce(members.left_at, excluded.updated_at) ELSE members.left_at END

-- name: readdress
UPDATE members SET email = $2 WHERE email = $1

-- name: last_written_at
-- At that very moment: a change that waited while an import was done carries an earlier one.
SELECT email FROM members WHERE updated_at = $1

-- name: never_left
-- Whom an import removed that is undone.
UPDATE members SET left_at = NULL WHERE email = ANY($1::text[]) AND status = 'active' AND left_at = $2

-- name: remove_added
DELETE FROM members WHERE email = ANY($1::text[]) AND client_id IS NULL

-- name: assign
UPDATE members SET coach_email = $2, updated_at = $3 WHERE email = ANY($1::text[])
