-- name: taken
-- Of a coach, who may be null, and of a client: what is not cancelled and ends after this moment.
SELECT id, begins_at, ends_at, coach_email IS NOT DISTINCT FROM CAST($1 AS text), client_id = $2
FROM appointments
WHERE status <> 'cancelled' AND ends_at > $3 AND (coach_email = CAST($1 AS text) OR client_id = $2)

-- name: coach_of
-- The client's own coach, where both are members.
SELECT m.coach_email FROM members m JOIN members c ON c.email = m.coach_email
WHERE m.client_id = $1 AND m.role = 'client' AND m.status = 'active' AND c.role = 'coach' AND c.status = 'active'

-- name: busy
SELECT begins_at, ends_at FROM busy_times WHERE coach_email = $1 AND ends_at > $2
