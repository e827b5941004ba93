-- name: approach_of
SELECT tone, pace, opening, lead, trial_field, set_at FROM session_approach WHERE session_id = $1

-- name: put_approach
INSERT INTO session_approach (session_id, client_id, tone, pace, opening, lead, trial_field, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: trial_session
-- A session that failed was none: what was to be tried in it is still to be tried.
SELECT a.session_id FROM session_approach a JOIN sessions s ON s.id = a.session_id
WHERE a.client_id = $1 AND a.trial_field = $2 AND a.set_at >= $3 AND a.session_id <> $4 AND s.status <> 'failed'
ORDER BY a.set_at LIMIT 1

-- name: said_by_agent
SELECT message FROM conversations WHERE session_id = $1 AND sender = 'agent' AND trim(message) <> '' ORDER BY seq

-- name: told
SELECT long_form FROM briefings WHERE session_id = $1

-- name: put_followed
UPDATE session_approach SET asking_share = $2, checked_back = $3 WHERE session_id = $1
