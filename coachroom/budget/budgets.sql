-- name: count_address
INSERT INTO signed_addresses (client_id, day, handed_out) VALUES ($1, $2, 1)
ON CONFLICT (client_id, day) DO UPDATE SET handed_out = signed_addresses.handed_out + 1

-- name: give_back_address
UPDATE signed_addresses SET handed_out = handed_out - 1 WHERE client_id = $1 AND day = $2 AND handed_out > 0

-- name: use_by_day
-- The community's minutes, calls and addresses of each day, then the same of one client.
-- A call under way takes up all it was granted, until its session asks for the next call, which takes over from it:
-- in $session that is now. A grant at which no call began in time takes up nothing.
WITH open_calls AS (
  SELECT g.*, s.end_time AS session_ended_at FROM call_grants g JOIN sessions s ON s.id = g.session_id
  WHERE g.day >= $since AND g.ended_at IS NULL
    AND (g.connected_at IS NOT NULL OR (g.granted_at > $not_lapsed AND s.end_time IS NULL))
), calls AS (
  SELECT client_id, session_id, day, seconds, connected_at, ended_at FROM call_grants
  WHERE day >= $since AND ended_at IS NOT NULL
  UNION ALL
  SELECT c.client_id, c.session_id, c.day, c.seconds, c.connected_at,
    coalesce(min(later.granted_at), c.session_ended_at) AS ended_at
  FROM open_calls c LEFT JOIN call_grants later ON later.session_id = c.session_id
    AND later.granted_at > c.connected_at AND (later.connected_at IS NOT NULL
      OR (later.granted_at > $not_lapsed AND c.session_ended_at IS NULL))
  GROUP BY c.id, c.client_id, c.session_id, c.day, c.seconds, c.connected_at, c.session_ended_at
), taken AS (
  SELECT client_id, day, 1 AS calls, 0 AS addresses,
    CASE WHEN connected_at IS NULL OR (ended_at IS NULL AND session_id <> $session) THEN seconds
      ELSE least(seconds, greatest(0, CAST(extract(epoch FROM coalesce(ended_at, CAST($now AS TIMESTAMP)))
        - extract(epoch FROM connected_at) AS DOUBLE PRECISION))) END AS seconds
  FROM calls
  UNION ALL
  SELECT client_id, day, 0, handed_out, 0 FROM signed_addresses WHERE day >= $since
)
SELECT day, sum(seconds) / 60, sum(calls), sum(addresses),
  coalesce(sum(seconds) FILTER (WHERE client_id = $client), 0) / 60,
  coalesce(sum(calls) FILTER (WHERE client_id = $client), 0),
  coalesce(sum(addresses) FILTER (WHERE client_id = $client), 0)
FROM taken GROUP BY day ORDER BY day

-- name: grant_call
INSERT INTO call_grants (id, session_id, client_id, day, granted_at, seconds) VALUES ($1, $2, $3, $4, $5, $6)

-- name: delete_unused_grants
DELETE FROM call_grants WHERE connected_at IS NULL AND granted_at < $1

-- name: forget_whose
-- Of sessions that were deleted: whose calls they were counts on their own day alone.
UPDATE call_grants SET client_id = '' WHERE session_id = '' AND client_id <> '' AND day < $1

-- name: use_grant
UPDATE call_grants SET conversation_id = $2, connected_at = greatest($3, granted_at)
WHERE id = (SELECT id FROM call_grants WHERE session_id = $1 AND connected_at IS NULL
            ORDER BY granted_at DESC, id DESC LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM call_grants known WHERE known.session_id = $1 AND known.conversation_id = $2)

-- name: admit_call
UPDATE call_grants SET waits = FALSE, connected_at = greatest($3, granted_at)
WHERE session_id = $1 AND conversation_id = $2 AND waits AND ended_at IS NULL

-- name: queue_call
UPDATE call_grants SET waits = TRUE WHERE session_id = $1 AND conversation_id = $2 AND ended_at IS NULL

-- name: end_call
UPDATE call_grants SET waits = FALSE, ended_at = CASE WHEN waits THEN connected_at ELSE greatest(connected_at, $3) END
WHERE session_id = $1 AND conversation_id = $2 AND ended_at IS NULL

-- name: give_up_grant
-- Never one that came after the failure: a report may arrive twice.
DELETE FROM call_grants
WHERE id = (SELECT id FROM call_grants WHERE session_id = $1 AND connected_at IS NULL AND granted_at <= $2
            ORDER BY granted_at DESC, id DESC LIMIT 1)

-- name: extend_call
UPDATE call_grants SET seconds = seconds + $2 WHERE session_id = $1 AND ended_at IS NULL

-- name: call_ends_at
-- When the first of the session's calls that are under way has taken up what it was granted.
SELECT min(g.connected_at + g.seconds * INTERVAL '1 second') FROM call_grants g
WHERE g.session_id = $1 AND g.connected_at IS NOT NULL AND g.ended_at IS NULL AND NOT g.waits
  AND NOT EXISTS (SELECT 1 FROM call_grants later WHERE later.session_id = $1 AND later.granted_at > g.connected_at)

-- name: most_minutes
-- Members by what their calls since a day took; a call under way counts once it has ended.
SELECT m.display_name, sum(least(g.seconds, greatest(0,
    CAST(extract(epoch FROM coalesce(g.ended_at, s.end_time)) - extract(epoch FROM g.connected_at)
      AS DOUBLE PRECISION)))) / 60 AS minutes
FROM call_grants g JOIN sessions s ON s.id = g.session_id JOIN members m ON m.client_id = g.client_id
WHERE g.day >= $1 AND g.connected_at IS NOT NULL AND coalesce(g.ended_at, s.end_time) IS NOT NULL
GROUP BY g.client_id, m.display_name ORDER BY minutes DESC, m.display_name LIMIT $2

-- name: wait_for_line
-- In seconds: how long calls lately took in the middle, less how long the longest call under way has taken.
SELECT typical.seconds - going.longest FROM (
  SELECT percentile_cont(0.5) WITHIN GROUP (
    ORDER BY CAST(extract(epoch FROM ended_at - connected_at) AS DOUBLE PRECISION)) AS seconds
  FROM call_grants WHERE connected_at IS NOT NULL AND ended_at IS NOT NULL AND granted_at > $2
) AS typical, (
  SELECT max(CAST(extract(epoch FROM CAST($1 AS TIMESTAMP) - g.connected_at) AS DOUBLE PRECISION)) AS longest
  FROM call_grants g JOIN sessions s ON s.id = g.session_id
  WHERE g.connected_at IS NOT NULL AND g.ended_at IS NULL AND NOT g.waits AND s.end_time IS NULL
) AS going
