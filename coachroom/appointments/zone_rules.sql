-- name: dates_ahead
-- Of all series: the dates that are booked and have not begun.
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments
WHERE status = 'booked' AND begins_at > $1 AND series_id IS NOT NULL
ORDER BY begins_at, id

-- name: version
SELECT version FROM zone_rules WHERE id = 'followed'

-- name: put_version
INSERT INTO zone_rules (id, version, followed_at) VALUES ('followed', $1, $2)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, followed_at = excluded.followed_at

-- name: in_the_way
-- What takes time of one of these owners in a span of it.
SELECT id FROM appointments
WHERE status = 'booked' AND begins_at < $3 AND ends_at > $2
  AND (client_id = ANY($1::text[]) OR coach_email = ANY($1::text[]))
