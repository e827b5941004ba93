-- name: may_be_kept
-- Another process may have erased the session, or taken it off the record, since it was read.
SELECT 1 FROM sessions WHERE id = $1 AND client_id = $2 AND off_record_at IS NULL

-- name: put_briefing
INSERT INTO briefings (session_id, client_id, variables, long_form, made_at) VALUES ($1, $2, CAST($3 AS JSON), $4, $5)
ON CONFLICT (session_id) DO UPDATE SET variables = excluded.variables, long_form = excluded.long_form,
  made_at = excluded.made_at

-- name: briefing_of
SELECT session_id, variables, long_form, made_at FROM briefings WHERE session_id = $1

-- name: latest_briefing
SELECT session_id, variables, long_form, made_at FROM briefings WHERE client_id = $1
ORDER BY made_at DESC, session_id DESC LIMIT 1

-- name: briefings_of
SELECT session_id, long_form FROM briefings WHERE client_id = $1

-- name: rewrite_briefing
UPDATE briefings SET long_form = $2 WHERE session_id = $1
