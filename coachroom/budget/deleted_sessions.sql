-- name: taken_in
-- Of a session that is over: a call whose end nobody reported ended where the next one began, or with the session.
SELECT g.client_id, g.day, least(g.seconds, greatest(0, CAST(
    extract(epoch FROM coalesce(g.ended_at, min(later.granted_at), s.end_time)) - extract(epoch FROM g.connected_at)
    AS DOUBLE PRECISION)))
FROM call_grants g JOIN sessions s ON s.id = g.session_id
LEFT JOIN call_grants later ON later.session_id = g.session_id AND later.granted_at > g.connected_at
  AND later.connected_at IS NOT NULL
WHERE g.session_id = $1 AND g.connected_at IS NOT NULL
GROUP BY g.id, g.client_id, g.day, g.seconds, g.ended_at, g.connected_at, s.end_time

-- name: keep
INSERT INTO call_grants (id, session_id, client_id, day, granted_at, seconds, connected_at, ended_at)
VALUES ($1, '', $2, CAST($3 AS date), CAST($3 AS timestamp), $4, CAST($3 AS timestamp), CAST($3 AS timestamp) + $4 * INTERVAL '1 second')

-- name: delete
DELETE FROM call_grants WHERE session_id = $1
