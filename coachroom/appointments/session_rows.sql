-- Which rows of this package's tables are one session's.

-- name: booked_cells
FALSE

-- name: appointments
FALSE

-- name: calendar_feeds
FALSE

-- name: coach_calendars
FALSE

-- name: coach_hours
FALSE

-- name: coach_days
FALSE

-- name: zone_rules
FALSE

-- name: busy_calendars
FALSE

-- name: busy_times
FALSE

-- name: offered_times
session_id = $session
