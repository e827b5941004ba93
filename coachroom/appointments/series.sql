-- name: from_date_on
-- A date of a series and those after it, as far as they are booked.
SELECT a.id, a.client_id, a.coach_email, a.kind, a.begins_at, a.ends_at, a.status, a.sequence, a.made_by, a.made_at,
       a.changed_at, a.cancelled_by, a.cancelled_why, a.coach_came_at, a.missed_by, a.series_id, a.wall_begins,
       a.wall_zone
FROM appointments a JOIN appointments first ON first.series_id = a.series_id
WHERE first.id = $1 AND a.status = 'booked' AND a.begins_at >= first.begins_at
ORDER BY a.begins_at, a.id
