-- name: version
SELECT (SELECT count(*) FROM session_facts), (SELECT count(*) FROM feedback), (SELECT count(*) FROM check_ins),
       (SELECT count(*) FROM evaluations), (SELECT count(*) FROM confidence), (SELECT count(*) FROM goals),
       (SELECT count(*) FROM goal_checkins), (SELECT count(*) FROM actions), (SELECT count(*) FROM members)

-- name: tiers
SELECT tier FROM members WHERE tier IS NOT NULL AND role = 'client' GROUP BY tier ORDER BY count(*) DESC, tier LIMIT 12

-- name: months_of_joining
SELECT DISTINCT left(CAST((coalesce(joined_at, created_at) AT TIME ZONE 'UTC') AT TIME ZONE CAST($1 AS text) AS text), 7) AS month
FROM members WHERE role = 'client' ORDER BY month DESC LIMIT 24

-- name: sources
SELECT source FROM members WHERE role = 'client' GROUP BY source ORDER BY count(*) DESC, source

-- name: agents
-- After `told`, which is in _told_versions.sql.
SELECT agent_id, told_version, CAST(min(start_time) AS date) FROM told WHERE agent_id IS NOT NULL
GROUP BY agent_id, told_version ORDER BY count(*) DESC, agent_id, told_version LIMIT 12

-- name: first_session
SELECT min(start_time) FROM session_facts

-- name: staff
-- Every administrator sees the same, and so does every analyst.
SELECT min(email) FROM members WHERE status = 'active' AND role IN ('admin', 'analyst', 'coach')
GROUP BY role, CASE WHEN role = 'coach' THEN email END ORDER BY role, min(email) LIMIT $1

-- name: rows_by_table
SELECT 'sessions' AS "table", count(*) AS rows FROM sessions
UNION ALL SELECT 'conversations', count(*) FROM conversations
UNION ALL SELECT 'feedback', count(*) FROM feedback
UNION ALL SELECT 'goals', count(*) FROM goals
UNION ALL SELECT 'goal_checkins', count(*) FROM goal_checkins

-- name: sessions_since
SELECT count(*), count(*) FILTER (WHERE status = 'failed') FROM sessions
WHERE start_time >= $1 AND status NOT IN ('waiting', 'active')

-- name: missing_transcripts
SELECT count(*) FROM agent_conversations WHERE record = 'missing' AND started_at >= $1

-- name: clients_without_coach
SELECT count(*) FROM members WHERE role = 'client' AND status = 'active' AND coach_email IS NULL

-- name: roster_age
SELECT max(updated_at) FROM members WHERE source = 'skool'

-- name: sessions_by_status
SELECT status, count(*) FROM sessions GROUP BY status

-- name: calls_by_record
SELECT record, count(*) FROM agent_conversations GROUP BY record

-- name: turns
SELECT count(*) FROM conversations

-- What PostgreSQL reckons, as it would read them all to count them; -1 before it has first looked.
-- name: estimated_turns
SELECT greatest(0, reltuples) FROM pg_class WHERE oid = to_regclass('conversations')
