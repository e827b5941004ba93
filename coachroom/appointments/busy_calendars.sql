-- name: of
SELECT address, added_at, tried_at, fetched_at, problem,
       (SELECT count(*) FROM busy_times t WHERE t.coach_email = c.coach_email)
FROM busy_calendars c WHERE coach_email = $1

-- name: put
INSERT INTO busy_calendars (coach_email, address, added_at) VALUES ($1, $2, $3)
ON CONFLICT (coach_email) DO UPDATE SET address = excluded.address, added_at = excluded.added_at,
  tried_at = NULL, fetched_at = NULL, problem = NULL

-- name: forget
DELETE FROM busy_calendars WHERE coach_email = $1

-- name: forget_times
DELETE FROM busy_times WHERE coach_email = $1

-- name: add_times
INSERT INTO busy_times (coach_email, begins_at, ends_at)
SELECT $1, t.begins_at, t.ends_at
FROM (SELECT unnest($2::timestamp[]) AS begins_at, unnest($3::timestamp[]) AS ends_at) AS t

-- name: due
-- Of active coaches, those that were not tried since this moment, whoever waits longest first.
SELECT c.coach_email, c.address, coalesce(k.timezone, 'UTC')
FROM busy_calendars c
JOIN members m ON m.email = c.coach_email AND m.role = 'coach' AND m.status = 'active'
LEFT JOIN coach_calendars k ON k.coach_email = c.coach_email
WHERE c.tried_at IS NULL OR c.tried_at <= $1
ORDER BY c.tried_at NULLS FIRST, c.coach_email

-- name: note_good
UPDATE busy_calendars SET tried_at = $3, fetched_at = $3, problem = NULL
WHERE coach_email = $1 AND address = $2 RETURNING coach_email

-- name: note_problem
UPDATE busy_calendars SET tried_at = $3, problem = $4 WHERE coach_email = $1 AND address = $2
