-- name: sessions_before
-- Those in which the client said something.
SELECT (SELECT start_time FROM sessions WHERE id = $1) AS began_at, count(*) AS sessions, max(start_time) AS latest
FROM session_facts WHERE client_id = $2 AND client_turns >= 1 AND session_id <> $1

-- name: put_briefing
INSERT INTO briefings (session_id, client_id, variables, long_form, made_at) VALUES ($1, $2, CAST($3 AS JSON), $4, $5)
ON CONFLICT (session_id) DO UPDATE SET variables = excluded.variables, long_form = excluded.long_form,
  made_at = excluded.made_at

-- name: call_goes_on
SELECT 1 FROM agent_conversations WHERE session_id = $1 AND ended_at IS NULL LIMIT 1

-- name: briefing_of
SELECT session_id, variables, long_form, made_at FROM briefings WHERE session_id = $1

-- name: latest_briefing
SELECT session_id, variables, long_form, made_at FROM briefings WHERE client_id = $1
ORDER BY made_at DESC, session_id DESC LIMIT 1
