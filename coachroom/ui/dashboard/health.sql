-- $1: since when.

-- name: sessions
SELECT count(*), count(*) FILTER (WHERE status = 'failed') FROM sessions
WHERE start_time >= $1 AND status NOT IN ('waiting', 'active')

-- name: missing_transcripts
SELECT count(*) FROM agent_conversations WHERE record = 'missing' AND started_at >= $1

-- name: clients_without_coach
SELECT count(*) FROM members WHERE role = 'client' AND status = 'active' AND coach_email IS NULL

-- name: roster_age
SELECT max(updated_at) FROM members WHERE source = 'skool'
