-- name: refuse_call
INSERT INTO refused_calls (session_id, id, at_time, why, close_code, close_reason)
SELECT id, $2, $3, $4, $5, $6 FROM sessions
WHERE id = $1 AND (SELECT count(*) FROM refused_calls WHERE session_id = $1) < $7
ON CONFLICT DO NOTHING RETURNING id

-- name: failures_alike
-- Calls of the session that ended in the same way.
SELECT count(*) FROM (
  SELECT session_id, why, close_code, close_reason FROM refused_calls
  UNION ALL SELECT session_id, end_reason, close_code, close_reason FROM agent_conversations
) AS endings
WHERE session_id = $1 AND why IS NOT DISTINCT FROM $2
  AND close_code IS NOT DISTINCT FROM $3 AND close_reason IS NOT DISTINCT FROM $4

-- name: recent_calls
-- Calls that go on are no outcome yet, and those of the invented community none of the agent's.
SELECT at_time, refused, why, close_code, close_reason FROM (
  SELECT started_at AS at_time, FALSE AS refused, end_reason AS why, close_code, close_reason
  FROM agent_conversations WHERE ended_at IS NOT NULL AND NOT starts_with(id, 'demo-')
  UNION ALL SELECT at_time, TRUE, why, close_code, close_reason FROM refused_calls
) AS outcomes
ORDER BY at_time DESC LIMIT $1
