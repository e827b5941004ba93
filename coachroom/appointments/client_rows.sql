-- Which rows of this package's tables are a client's, as conditions. `$emails`: the addresses that they have here; who
-- is a client may have been a coach.

-- name: booked_cells
appointment_id IN (SELECT a.id FROM appointments a WHERE a.client_id = $client)

-- name: appointments
client_id = $client

-- name: calendar_feeds
email = ANY($emails)

-- name: coach_calendars
coach_email = ANY($emails)

-- name: coach_hours
coach_email = ANY($emails)

-- name: coach_days
coach_email = ANY($emails)

-- name: zone_rules
FALSE

-- name: busy_calendars
coach_email = ANY($emails)

-- name: busy_times
coach_email = ANY($emails)

-- name: offered_times
session_id = ANY($sessions)
