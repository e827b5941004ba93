-- By the database's clock: replicas compare what others wrote, and their own clocks may differ.

-- name: take_seat
UPDATE sessions SET seat = $2, seat_seen_at = now() AT TIME ZONE 'UTC' WHERE id = $1

-- name: seen_here
-- As `seen`, of the seats that this process has; by the database's clock, as others look at it.
UPDATE sessions SET last_seen_at = greatest(last_seen_at, v.seen_at), seat_seen_at = now() AT TIME ZONE 'UTC'
FROM (SELECT unnest($1::text[]) AS id, unnest($2::timestamp[]) AS seen_at) AS v
WHERE sessions.id = v.id AND sessions.status IN ('waiting', 'active') AND starts_with(sessions.seat, $3)
RETURNING sessions.id

-- name: unattended
-- Whose process looks after nobody any more. Those of a time before there were seats have none.
SELECT id FROM sessions
WHERE status IN ('waiting', 'active') AND paused_at IS NULL
  AND coalesce(seat_seen_at, last_seen_at) + $1 * INTERVAL '1 second' < now() AT TIME ZONE 'UTC'
