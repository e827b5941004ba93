-- name: client
SELECT p.id, p.display_name FROM client_profiles p WHERE p.id = $1

-- name: client_with_email
SELECT client_id FROM members WHERE email = $1 AND client_id IS NOT NULL

-- name: sessions
SELECT id FROM sessions WHERE client_id = $1 ORDER BY start_time, id

-- name: goals
SELECT id FROM goals WHERE client_id = $1 ORDER BY created_at, id

-- name: emails
WITH RECURSIVE theirs (email) AS (
  SELECT email FROM members WHERE client_id = $1
  UNION
  -- Those that they had before, and nobody else has now.
  SELECT a.subject FROM audit_log a JOIN theirs t ON t.email = (a.detail ->> 'new')
  WHERE a.action = 'members.address'
    AND a.subject NOT IN (SELECT m.email FROM members m WHERE m.client_id IS DISTINCT FROM $1)
)
SELECT email FROM theirs ORDER BY 1

-- name: calls
SELECT c.id FROM agent_conversations c JOIN sessions s ON s.id = c.session_id WHERE s.client_id = $1
UNION
SELECT conversation_id FROM provider_records WHERE client_id = $1
UNION
SELECT conversation_id FROM call_grants WHERE client_id = $1 AND conversation_id IS NOT NULL
ORDER BY 1

-- name: transcript
SELECT t.session_id, t.sender, t.message, t.timestamp FROM conversations t JOIN sessions s ON s.id = t.session_id
WHERE s.client_id = $1 ORDER BY s.start_time, t.session_id, t.seq
