-- name: ask_for_record
UPDATE agent_conversations SET record = $2, next_try_at = $3,
  ended_at = coalesce(ended_at, (SELECT end_time FROM sessions WHERE id = $1))
WHERE session_id = $1 AND record = 'live'

-- name: due_records
-- By turns: first a call of each client, then a second one of each, and so on.
SELECT id, client_id, tries FROM (
  SELECT c.id, s.client_id, c.tries, c.next_try_at,
         row_number() OVER (PARTITION BY s.client_id ORDER BY c.tries, c.next_try_at, c.id) AS place
  FROM agent_conversations c JOIN sessions s ON s.id = c.session_id
  WHERE c.record = 'pending' AND c.next_try_at <= $1
) AS due
ORDER BY place, tries, next_try_at, id LIMIT $2

-- name: settle_record
UPDATE agent_conversations SET record = $2, tries = $3, next_try_at = $4 WHERE id = $1 AND record <> 'complete'

-- name: settle_all
UPDATE agent_conversations SET record = 'complete', next_try_at = NULL WHERE session_id = $1 AND record <> 'complete'

-- name: unsettled_sessions
SELECT DISTINCT c.session_id FROM agent_conversations c JOIN sessions s ON s.id = c.session_id
WHERE c.record = 'live' AND s.status NOT IN ('waiting', 'active')

-- name: state_of_records
SELECT record, ended_at FROM agent_conversations WHERE session_id = $1

-- name: find_record
SELECT record, analysis, struck, session_id, received_at FROM provider_records WHERE conversation_id = $1

-- name: clients_session
SELECT id FROM sessions WHERE id = $1 AND client_id = $2

-- name: keeps_no_words
SELECT 1 FROM sessions WHERE id = $1 AND (off_record_at IS NOT NULL OR turns_expired_at IS NOT NULL)

-- name: clients_off_record
-- Whether this client was off the record as the call began; the provider's clock is another one.
SELECT 1 FROM sessions WHERE client_id = $1 AND off_record_at IS NOT NULL
  AND start_time - INTERVAL '1 minute' <= $2 AND (end_time IS NULL OR end_time >= $2)

-- name: is_session
SELECT 1 FROM sessions WHERE id = $1

-- name: reported_call
SELECT c.session_id, s.client_id FROM agent_conversations c JOIN sessions s ON s.id = c.session_id WHERE c.id = $1

-- name: upsert_record
INSERT INTO provider_records (conversation_id, session_id, client_id, record, analysis, struck, settled, filed,
  received_at)
VALUES ($1, $2, $3, CAST($4 AS JSON), CAST($5 AS JSON), $6, $7, FALSE, $8)
ON CONFLICT (conversation_id) DO UPDATE SET session_id = excluded.session_id, client_id = excluded.client_id,
  record = excluded.record, analysis = excluded.analysis, struck = excluded.struck, settled = excluded.settled,
  filed = FALSE, received_at = excluded.received_at

-- name: publish_again
UPDATE provider_records SET filed = FALSE WHERE session_id = $1

-- name: unpublished_sessions
SELECT session_id FROM provider_records WHERE NOT filed AND session_id IS NOT NULL
GROUP BY session_id ORDER BY min(received_at)

-- name: delete_unclaimed
DELETE FROM provider_records
WHERE session_id IS NULL AND (received_at < $1 OR conversation_id IN (
  SELECT p.conversation_id FROM provider_records p WHERE p.session_id IS NULL ORDER BY p.received_at DESC OFFSET $2
))

-- name: delete_analysis
-- What the provider made of calls in these sessions (NULL: in all), where it was taken over before the moment $2.
UPDATE provider_records SET analysis = NULL, struck = TRUE
WHERE (CAST($1 AS text[]) IS NULL OR session_id = ANY(CAST($1 AS text[])))
  AND settled AND filed AND NOT struck AND received_at < $2
  AND session_id IN (SELECT m.session_id FROM memories m WHERE m.status = 'forgotten')
