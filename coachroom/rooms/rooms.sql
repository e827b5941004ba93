-- name: open_room_of
SELECT id, client_id, status, created_at, expires_at FROM rooms
WHERE client_id = $1 AND status = 'open'
  AND (expires_at > $2
       OR EXISTS (SELECT 1 FROM sessions s WHERE s.room_id = rooms.id AND s.status IN ('waiting', 'active')))
ORDER BY created_at DESC LIMIT 1

-- name: add_room
INSERT INTO rooms (id, client_id, status, created_at, expires_at) VALUES ($1, $2, 'open', $3, $4)

-- name: find_room
SELECT id, client_id, status, created_at, expires_at FROM rooms
WHERE id = $1 AND client_id = $2 AND status = 'open'
  AND (expires_at > $3
       OR EXISTS (SELECT 1 FROM sessions s WHERE s.room_id = rooms.id AND s.status IN ('waiting', 'active')))

-- name: find_open_room
SELECT id, client_id, status, created_at, expires_at FROM rooms WHERE id = $1 AND client_id = $2 AND status = 'open'

-- name: close_room
UPDATE rooms SET status = 'closed', closed_at = $2 WHERE id = $1 AND status = 'open'

-- name: close_expired_rooms
UPDATE rooms SET status = 'closed', closed_at = expires_at
WHERE status = 'open' AND expires_at <= $1
  AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.room_id = rooms.id AND s.status IN ('waiting', 'active'))

-- name: open_session_in
SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, clock_stopped, clock_stopped_seconds, call_ends_at,
  extra_seconds, paused_at, paused_seconds, off_record_at, turns_expired_at, turns_version
FROM sessions
WHERE room_id = $1 AND status IN ('waiting', 'active')

-- name: add_session
INSERT INTO sessions (id, room_id, client_id, start_time, status, last_seen_at, off_record_at)
VALUES ($1, $2, $3, $4, 'waiting', $4, $5)

-- name: take_off_record
-- Not one that is over: what was kept of it is deleted with it.
UPDATE sessions SET off_record_at = $2, turns_version = coalesce(turns_version, 0) + 1
WHERE id = $1 AND status IN ('waiting', 'active') AND off_record_at IS NULL

-- name: mark_off_record
UPDATE sessions SET off_record_at = $2, agent_conversation_id = NULL, turns_version = coalesce(turns_version, 0) + 1
WHERE id = $1

-- name: expire_turns
UPDATE sessions SET turns_expired_at = $2, turns_version = coalesce(turns_version, 0) + 1
WHERE id = $1 AND turns_expired_at IS NULL AND status NOT IN ('waiting', 'active')
RETURNING id

-- name: claim_turns
UPDATE sessions SET turns_version = coalesce(turns_version, 0) + 1
WHERE id = $1 AND coalesce(turns_version, 0) = $2
RETURNING id

-- name: unname_call
UPDATE sessions SET agent_conversation_id = NULL WHERE id = $1

-- name: find_session
SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, clock_stopped, clock_stopped_seconds, call_ends_at,
  extra_seconds, paused_at, paused_seconds, off_record_at, turns_expired_at, turns_version
FROM sessions WHERE id = $1

-- name: some_sessions
SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, clock_stopped, clock_stopped_seconds, call_ends_at,
  extra_seconds, paused_at, paused_seconds, off_record_at, turns_expired_at, turns_version
FROM sessions WHERE id = ANY($1::text[]) ORDER BY id

-- name: own_session
SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, clock_stopped, clock_stopped_seconds, call_ends_at,
  extra_seconds, paused_at, paused_seconds, off_record_at, turns_expired_at, turns_version
FROM sessions
WHERE id = $1 AND client_id = $2

-- name: sessions_of
SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, clock_stopped, clock_stopped_seconds, call_ends_at,
  extra_seconds, paused_at, paused_seconds, off_record_at, turns_expired_at, turns_version
FROM sessions
WHERE client_id = $1 ORDER BY start_time DESC LIMIT $2

-- name: last_session_in
SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, clock_stopped, clock_stopped_seconds, call_ends_at,
  extra_seconds, paused_at, paused_seconds, off_record_at, turns_expired_at, turns_version
FROM sessions
WHERE room_id = $1 AND client_id = $2 ORDER BY start_time DESC LIMIT 1

-- name: open_sessions
SELECT id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, clock_stopped, clock_stopped_seconds, call_ends_at,
  extra_seconds, paused_at, paused_seconds, off_record_at, turns_expired_at, turns_version
FROM sessions
WHERE status IN ('waiting', 'active')

-- name: overdue_sessions
-- With whether its own time is up, or only what its call may take of the budget.
WITH going AS (
  SELECT id, call_ends_at,
    start_time + (coalesce(clock_stopped_seconds, 0) + coalesce(paused_seconds, 0) + coalesce(extra_seconds, 0))
      * INTERVAL '1 second' <= $1 AS time_is_up
  FROM sessions WHERE status IN ('waiting', 'active') AND clock_stopped IS NOT TRUE AND paused_at IS NULL
)
SELECT id, time_is_up FROM going WHERE time_is_up OR call_ends_at <= $2

-- name: paused_too_long
SELECT id FROM sessions WHERE status = 'active' AND paused_at <= $1

-- name: sessions_of_removed
-- However a member was removed: by a page, a command, or an import.
SELECT id FROM sessions WHERE status IN ('waiting', 'active') AND client_id IN (
  SELECT client_id FROM members WHERE status = 'removed'
  EXCEPT SELECT client_id FROM members WHERE status = 'active'
)

-- name: add_pause
-- Only of a session that has begun, and one at a time: a report may come twice.
INSERT INTO pauses (session_id, id, cause, started_at)
SELECT id, $2, $3, $4 FROM sessions WHERE id = $1 AND status = 'active' AND paused_at IS NULL
ON CONFLICT (session_id, id) DO NOTHING

-- name: end_pause
-- Not by a report of a call that is older than the pause.
UPDATE pauses SET ended_at = $2 WHERE session_id = $1 AND ended_at IS NULL AND started_at < $2

-- name: note_pauses
UPDATE sessions SET
  paused_at = (SELECT max(started_at) FROM pauses p WHERE p.session_id = $1 AND p.ended_at IS NULL),
  paused_seconds = (
    SELECT sum(CAST(extract(epoch FROM p.ended_at - p.started_at) AS DOUBLE PRECISION)) FROM pauses p
    WHERE p.session_id = $1 AND p.ended_at IS NOT NULL
  )
WHERE id = $1

-- name: limit_call
UPDATE sessions SET call_ends_at = $2 WHERE id = $1

-- name: extend
UPDATE sessions SET extra_seconds = coalesce(extra_seconds, 0) + $2
WHERE id = $1 AND status = 'active' AND coalesce(extra_seconds, 0) + $2 <= $3

-- name: activate
-- Not by a report that is older than the wait in the queue.
UPDATE sessions SET status = 'active', start_time = greatest(start_time, $2), end_reason = NULL,
  clock_changed_at = CASE WHEN clock_changed_at IS NULL THEN NULL ELSE $2 END
WHERE id = $1 AND status = 'waiting' AND (clock_changed_at IS NULL OR clock_changed_at < $2)

-- name: begin_anew
-- Nothing was said: the session begins when the coach listens.
UPDATE sessions SET status = 'waiting', clock_changed_at = $2
WHERE id = $1 AND status = 'active' AND (clock_changed_at IS NULL OR clock_changed_at < $2)

-- name: stop_clock
UPDATE sessions SET clock_stopped = TRUE, clock_changed_at = $2
WHERE id = $1 AND status = 'active' AND clock_stopped IS NOT TRUE
  AND (clock_changed_at IS NULL OR clock_changed_at < $2)

-- name: start_clock
UPDATE sessions SET clock_stopped = FALSE, clock_changed_at = $2,
  clock_stopped_seconds = coalesce(clock_stopped_seconds, 0)
    + CAST(extract(epoch FROM CAST($2 AS TIMESTAMP)) - extract(epoch FROM clock_changed_at) AS DOUBLE PRECISION)
WHERE id = $1 AND clock_stopped AND clock_changed_at < $2

-- name: note_trouble
UPDATE sessions SET end_reason = $2 WHERE id = $1 AND status = 'waiting'

-- name: end_session
UPDATE sessions SET status = $2, end_reason = $3, end_time = $4
WHERE id = $1 AND status IN ('waiting', 'active')

-- name: seat_of
SELECT seat FROM sessions WHERE id = $1 AND status IN ('waiting', 'active')

-- name: note_camera
UPDATE sessions SET camera_on = $2 WHERE id = $1 AND camera_on IS DISTINCT FROM $2

-- name: camera_on
SELECT camera_on FROM sessions WHERE id = $1

-- name: seats_here
SELECT id, last_seen_at FROM sessions WHERE status IN ('waiting', 'active') AND starts_with(seat, $1)

-- name: seen
UPDATE sessions SET last_seen_at = v.seen_at
FROM (SELECT unnest($1::text[]) AS id, unnest($2::timestamp[]) AS seen_at) AS v
WHERE sessions.id = v.id AND sessions.status IN ('waiting', 'active') AND sessions.last_seen_at < v.seen_at

-- name: name_call
UPDATE sessions SET agent_conversation_id = $2 WHERE id = $1

-- name: has_consent
SELECT given_at FROM consents WHERE client_id = $1 AND version = $2

-- name: give_consent
INSERT INTO consents (client_id, version, given_at) VALUES ($1, $2, $3) ON CONFLICT (client_id, version) DO NOTHING

-- name: keep_withdrawn
INSERT INTO withdrawn_consents (client_id, version, given_at, withdrawn_at)
SELECT client_id, version, given_at, $2 FROM consents WHERE client_id = $1
ON CONFLICT (client_id, version, given_at) DO NOTHING

-- name: withdraw_consent
DELETE FROM consents WHERE client_id = $1
