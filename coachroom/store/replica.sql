-- Of PostgreSQL alone.

-- name: tell
SELECT pg_notify('coachroom_' || md5(current_schema()), $1)

-- A channel's name may have 63 bytes, as many as a schema's.
-- name: channel
SELECT 'coachroom_' || md5(current_schema())

-- name: end_when_silent
-- A process that stands still, or cannot be reached, loses the lease with its connection.
SELECT set_config('idle_session_timeout', $1, FALSE)

-- name: try_to_lead
SELECT pg_try_advisory_lock($1, hashtext(current_schema()))

-- name: try_to_have_the_name
SELECT pg_try_advisory_lock($1, hashtext(current_schema() || ' ' || $2))

-- name: try_to_be_alone
SELECT pg_try_advisory_lock($1, hashtext(current_schema()))

-- name: try_to_be_one_of_several
SELECT pg_try_advisory_lock_shared($1, hashtext(current_schema()))

-- name: now
SELECT clock_timestamp() AT TIME ZONE 'UTC'

-- name: let_go
SELECT pg_advisory_unlock_all()
