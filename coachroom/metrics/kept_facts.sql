-- name: freeze
UPDATE session_facts SET frozen = TRUE WHERE session_id = ANY($1::text[])

-- name: number
-- The number of nobody, which nobody gets again.
INSERT INTO client_numbers (client_id, client_no)
SELECT CAST($1 AS text), (SELECT coalesce(max(client_no), 0) + 1 FROM client_numbers)
WHERE EXISTS (SELECT 1 FROM session_facts WHERE session_id = ANY($2::text[]))

-- name: keep
-- At noon of the day on which the session began where the community is, so that only the day is known.
INSERT INTO session_facts (session_id, client_id, client_no, agent_id, start_time, end_time, status, end_reason,
  duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns, latencies_ms, felt_ms,
  transcript_ms, answer_ms, typed_ms, silenced_ms, sounded_turns, cut_ins, silences_by_client, silences_by_agent,
  silences_by_nobody, reconnect_seconds, given_up, pauses, interruptions, paused_seconds, written_steps, off_record,
  coach_turns, joins, hints, holds, takeovers, human_seconds, agent_version, frozen)
SELECT new_id, nobody, number, NULL, noon, noon + (end_time - start_time), status,
  -- Imported ones may be anything.
  CASE WHEN end_reason = ANY($5::text[]) THEN end_reason END,
  duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns, latencies_ms, felt_ms,
  transcript_ms, answer_ms, typed_ms, silenced_ms, sounded_turns, cut_ins, silences_by_client, silences_by_agent,
  silences_by_nobody, reconnect_seconds, given_up, pauses, interruptions, paused_seconds, written_steps, off_record,
  coach_turns, joins, hints, holds, takeovers, human_seconds, NULL, TRUE
FROM (
  SELECT f.*, k.new_id, n.client_id AS nobody, n.client_no AS number,
    ((date_trunc('day', (f.start_time AT TIME ZONE 'UTC') AT TIME ZONE CAST($4 AS text)) + INTERVAL '12 hours')
      AT TIME ZONE CAST($4 AS text)) AT TIME ZONE 'UTC' AS noon
  FROM session_facts f
  JOIN (SELECT unnest($1::text[]) AS id, unnest($2::text[]) AS new_id) AS k ON k.id = f.session_id
  JOIN client_numbers n ON n.client_id = $3
) AS kept
