-- name: find
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments WHERE id = $1

-- name: of_client
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments WHERE client_id = $1 AND ends_at > $2 ORDER BY begins_at, id

-- name: of_coach
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments WHERE coach_email = $1 AND ends_at > $2 ORDER BY begins_at, id

-- name: booked_between
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments WHERE status = 'booked' AND begins_at > $1 AND begins_at <= $2 ORDER BY begins_at, id

-- name: is_client
SELECT 1 FROM members WHERE client_id = $1 AND role = 'client' AND status = 'active'

-- name: count_booked
SELECT count(*) FROM appointments WHERE client_id = $1 AND status = 'booked'

-- name: changes_by
-- How often somebody has changed appointments since a time; all dates of a series that change at once are one change.
SELECT count(DISTINCT logged_at) FROM audit_log
WHERE actor = $1 AND logged_at > $2 AND action IN ('appointment.booked', 'appointment.moved', 'appointment.cancelled')

-- name: add
INSERT INTO appointments (id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at,
  changed_at, series_id, wall_begins, wall_zone)
VALUES ($1, $2, $3, $4, $5, $6, 'booked', 0, $7, $8, $8, $9, $10, $11)

-- name: take_cells
INSERT INTO booked_cells (owner, cell, appointment_id)
SELECT $1, c.cell, $3 FROM unnest($2::timestamp[]) AS c (cell)

-- name: free_cells
DELETE FROM booked_cells WHERE appointment_id = $1

-- name: move
-- Whoever has come already has come to the time of before.
UPDATE appointments
SET begins_at = $3, ends_at = $4, sequence = sequence + 1, changed_at = $5, wall_begins = $6,
    coach_came_at = NULL, client_came_at = NULL
WHERE id = $1 AND status = 'booked' AND begins_at = $2 RETURNING id

-- name: cancel
UPDATE appointments SET status = 'cancelled', sequence = sequence + 1, changed_at = $2, cancelled_by = $3, cancelled_why = $4
WHERE id = $1 AND status = 'booked' RETURNING id

-- name: settle
UPDATE appointments SET status = $2, missed_by = $3 WHERE id = $1 AND status = 'booked' RETURNING id

-- name: to_settle
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments WHERE status = 'booked' AND ends_at <= $1 ORDER BY begins_at, id

-- name: to_withdraw
-- Those that have not begun and whose client is no member any more, or whose coach is not the client's coach any more.
-- Where the coach has left, it waits for another one until $2: an administrator may give it to them.
SELECT a.id FROM appointments a
WHERE a.status = 'booked' AND a.begins_at > $1 AND (
  NOT EXISTS (
    SELECT 1 FROM members m WHERE m.client_id = a.client_id AND m.role = 'client' AND m.status = 'active')
  OR (a.coach_email IS NOT NULL AND EXISTS (
    SELECT 1 FROM members c WHERE c.email = a.coach_email AND c.role = 'coach' AND c.status = 'active')
    AND NOT EXISTS (
      SELECT 1 FROM members m WHERE m.client_id = a.client_id AND m.coach_email = a.coach_email))
  OR (a.coach_email IS NOT NULL AND a.begins_at <= $2 AND NOT EXISTS (
    SELECT 1 FROM members c WHERE c.email = a.coach_email AND c.role = 'coach' AND c.status = 'active')))

-- name: client_was_there
-- Seen in a session at that time, or in one that says so.
SELECT 1 FROM appointments a
WHERE a.id = $1 AND (a.client_came_at IS NOT NULL OR EXISTS (
  SELECT 1 FROM sessions s
  WHERE s.client_id = a.client_id AND s.start_time < $3 AND (s.end_time IS NULL OR s.end_time > $2)))

-- name: clients_there
-- Appointments that are open now and whose client is in a session, which is not noted yet.
SELECT a.id FROM appointments a
WHERE a.status = 'booked' AND a.client_came_at IS NULL AND a.begins_at <= $1 AND a.ends_at > $2 AND EXISTS (
  SELECT 1 FROM sessions s WHERE s.client_id = a.client_id AND s.end_time IS NULL)

-- name: clients_came
-- Looked at again: it may have been moved.
UPDATE appointments SET client_came_at = $3
WHERE id = ANY($1::text[]) AND status = 'booked' AND client_came_at IS NULL AND begins_at <= $2

-- name: coach_was_there
-- Asked to join a session of the client's at that time.
SELECT 1 FROM live_joins j
WHERE j.client_id = $1 AND j.coach_email = $2 AND j.asked_at < $4 AND (j.ended_at IS NULL OR j.ended_at > $3)

-- name: coach_came
UPDATE appointments SET coach_came_at = $2 WHERE id = $1 AND status = 'booked' AND coach_came_at IS NULL

-- name: names
SELECT (SELECT max(c.display_name) FROM members c WHERE c.client_id = a.client_id),
       (SELECT min(c.email) FROM members c WHERE c.client_id = a.client_id AND c.status = 'active'),
       (SELECT m.display_name FROM members m WHERE m.email = a.coach_email)
FROM appointments a WHERE a.id = $1

-- name: clients_of_coach
SELECT client_id, display_name FROM members
WHERE coach_email = $1 AND role = 'client' AND status = 'active' AND client_id IS NOT NULL
ORDER BY lower(display_name), client_id

-- name: client_of_email
SELECT client_id FROM members WHERE email = $1 AND role = 'client' AND status = 'active' AND client_id IS NOT NULL

-- name: is_coach
SELECT 1 FROM members WHERE email = $1 AND role = 'coach' AND status = 'active'

-- name: missed_of_client
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments WHERE client_id = $1 AND status = 'missed' AND begins_at >= $2 ORDER BY begins_at DESC, id DESC LIMIT 10

-- name: missed_of_coach
SELECT id, client_id, coach_email, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at,
       cancelled_by, cancelled_why, coach_came_at, missed_by, series_id, wall_begins, wall_zone
FROM appointments WHERE coach_email = $1 AND status = 'missed' AND begins_at >= $2 ORDER BY begins_at DESC, id DESC LIMIT 10
