-- name: session_of
SELECT status, start_time FROM sessions WHERE id = $1

-- name: turns_of
SELECT seq, id, message, sender, timestamp, context FROM conversations WHERE session_id = $1 ORDER BY seq

-- name: put_turns
INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context)
SELECT unnest($1::text[]), unnest($2::integer[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
       unnest($6::timestamp[]), CAST(unnest($7::text[]) AS JSON)
ON CONFLICT (session_id, seq) DO UPDATE SET id = excluded.id, message = excluded.message,
  sender = excluded.sender, timestamp = excluded.timestamp, context = excluded.context

-- name: call_began
-- A call that is reported after its session ended is due for its transcript at once.
INSERT INTO agent_conversations (id, session_id, started_at, record, tries, next_try_at, agent_id)
SELECT $1, id, $3, CASE WHEN status IN ('waiting', 'active') THEN 'live' ELSE 'pending' END, 0, $4, $5
FROM sessions WHERE id = $2
ON CONFLICT (id) DO NOTHING

-- name: name_call
UPDATE sessions SET agent_conversation_id = (
  SELECT c.id FROM agent_conversations c WHERE c.session_id = $1 ORDER BY c.started_at DESC, c.id DESC LIMIT 1
) WHERE id = $1

-- name: call_ended
UPDATE agent_conversations SET ended_at = $2, end_reason = $3
WHERE id = $1 AND session_id = $4 AND ended_at IS NULL

-- name: ask_for_record
UPDATE agent_conversations SET record = $2, next_try_at = $3,
  ended_at = coalesce(ended_at, (SELECT end_time FROM sessions WHERE id = $1))
WHERE session_id = $1 AND record = 'live'

-- name: due_records
SELECT c.id, c.session_id, s.client_id, c.tries FROM agent_conversations c JOIN sessions s ON s.id = c.session_id
WHERE c.record = 'pending' AND c.next_try_at <= $1 ORDER BY c.next_try_at LIMIT 20

-- name: record_settled
UPDATE agent_conversations SET record = $2, tries = $3, next_try_at = $4 WHERE id = $1

-- name: unsettled_sessions
SELECT DISTINCT c.session_id FROM agent_conversations c JOIN sessions s ON s.id = c.session_id
WHERE c.record = 'live' AND s.status NOT IN ('waiting', 'active')
