-- name: session_of
SELECT status, start_time, client_id FROM sessions WHERE id = $1

-- name: over_among
SELECT id FROM sessions WHERE id = ANY($1) AND status NOT IN ('waiting', 'active')

-- name: turns_of
SELECT seq, id, message, sender, timestamp, context FROM conversations WHERE session_id = $1 ORDER BY seq

-- name: put_turns
INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context)
SELECT unnest($1::text[]), unnest($2::integer[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
       unnest($6::timestamp[]), CAST(unnest($7::text[]) AS JSON)
ON CONFLICT (session_id, seq) DO UPDATE SET id = excluded.id, message = excluded.message,
  sender = excluded.sender, timestamp = excluded.timestamp, context = excluded.context

-- name: drop_turns_after
DELETE FROM conversations WHERE session_id = $1 AND seq > $2

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
UPDATE agent_conversations SET record = $2, tries = $3, next_try_at = $4 WHERE id = $1 AND record <> 'complete'

-- name: unsettled_sessions
SELECT DISTINCT c.session_id FROM agent_conversations c JOIN sessions s ON s.id = c.session_id
WHERE c.record = 'live' AND s.status NOT IN ('waiting', 'active')

-- name: state_of_records
SELECT record, ended_at FROM agent_conversations WHERE session_id = $1

-- name: kept_record
SELECT record, analysis, struck, session_id, received_at FROM provider_records WHERE conversation_id = $1

-- name: named_session
SELECT id FROM sessions WHERE id = $1 AND client_id = $2

-- name: reported_call
SELECT c.session_id, s.client_id FROM agent_conversations c JOIN sessions s ON s.id = c.session_id WHERE c.id = $1

-- name: put_record
INSERT INTO provider_records (conversation_id, session_id, client_id, record, analysis, struck, settled, filed,
  received_at)
VALUES ($1, $2, $3, CAST($4 AS JSON), CAST($5 AS JSON), $6, $7, FALSE, $8)
ON CONFLICT (conversation_id) DO UPDATE SET session_id = excluded.session_id, client_id = excluded.client_id,
  record = excluded.record, analysis = excluded.analysis, struck = excluded.struck, settled = excluded.settled, filed = FALSE, received_at = excluded.received_at

-- name: claim_record
-- What came before the page named its call; never what somebody else said.
UPDATE provider_records SET session_id = $2
WHERE conversation_id = $1 AND session_id IS NULL
  AND (client_id IS NULL OR client_id = (SELECT client_id FROM sessions WHERE id = $2))

-- name: records_of
SELECT record, analysis, struck, filed, received_at FROM provider_records WHERE session_id = $1 ORDER BY conversation_id

-- name: filed
UPDATE provider_records SET filed = TRUE
FROM (SELECT unnest($1::text[]) AS id, unnest($2::timestamp[]) AS received_at) AS v
WHERE provider_records.conversation_id = v.id AND provider_records.received_at = v.received_at

-- name: file_again
UPDATE provider_records SET filed = FALSE WHERE session_id = $1

-- name: calls_complete
UPDATE agent_conversations SET record = 'complete' WHERE id = ANY($1) AND record <> 'complete'

-- name: waiting_to_be_filed
SELECT session_id FROM provider_records WHERE NOT filed AND session_id IS NOT NULL
GROUP BY session_id ORDER BY min(received_at)

-- name: forget_unknown
DELETE FROM provider_records
WHERE session_id IS NULL AND (received_at < $1 OR conversation_id IN (
  SELECT p.conversation_id FROM provider_records p WHERE p.session_id IS NULL ORDER BY p.received_at DESC OFFSET $2
))

-- name: put_evaluation
INSERT INTO evaluations (session_id, result, created_at) VALUES ($1, $2, $3)
ON CONFLICT (session_id) DO UPDATE SET result = excluded.result, created_at = excluded.created_at

-- name: put_confidence
INSERT INTO confidence (session_id, before_score, after_score, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (session_id) DO UPDATE SET before_score = excluded.before_score, after_score = excluded.after_score,
  created_at = excluded.created_at
