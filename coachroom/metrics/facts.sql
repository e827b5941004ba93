-- What is known of a session once it has ended: everything the metrics need, so that none of them reads a turn.

-- name: some
WITH wanted AS (SELECT DISTINCT id FROM (SELECT unnest($1::text[]) AS id) AS given),

-- name: every
WITH wanted AS (SELECT id FROM sessions),

-- name: computed
turns AS (
  -- A turn's words are counted by folding each, with the white space around it, into one letter; the word appended
  -- here and taken off again below keeps white space alone from counting as a letter.
  SELECT c.session_id, c.seq, c.sender,
         -- Plain text, which is nearly all there is, is counted by its spaces: four times as fast.
         CASE WHEN c.message ~ '^\S+( \S+)*$'
           THEN length(c.message) - length(replace(c.message, ' ', '')) + 1
           ELSE length(regexp_replace(c.message || ' x', '\s*\S+\s*', 'x', 'g')) - 1 END AS words,
         (c.context ->> 'interrupted') = 'true' AS interrupted,
         -- Imported turns may hold anything here.
         CASE WHEN (c.context ->> 'latency_ms') ~ '^[0-9]{1,8}([.][0-9]{1,9})?$'
           THEN CAST(round(CAST((c.context ->> 'latency_ms') AS double precision)) AS integer) END AS latency_ms,
         CASE WHEN (c.context ->> 'felt_ms') ~ '^[0-9]{1,6}$'
           THEN CAST(c.context ->> 'felt_ms' AS integer) END AS felt_ms,
         CASE WHEN (c.context ->> 'transcript_ms') ~ '^[0-9]{1,6}$'
           THEN CAST(c.context ->> 'transcript_ms' AS integer) END AS transcript_ms,
         CASE WHEN (c.context ->> 'answer_ms') ~ '^[0-9]{1,6}$'
           THEN CAST(c.context ->> 'answer_ms' AS integer) END AS answer_ms,
         CASE WHEN (c.context ->> 'typed_ms') ~ '^[0-9]{1,6}$'
           THEN CAST(c.context ->> 'typed_ms' AS integer) END AS typed_ms,
         CASE WHEN (c.context ->> 'silenced_ms') ~ '^[0-9]{1,6}$'
           THEN CAST(c.context ->> 'silenced_ms' AS integer) END AS silenced_ms,
         c.context ->> 'cut_in' AS cut_in
  FROM conversations c JOIN wanted w ON w.id = c.session_id
  WHERE c.sender IN ('client', 'agent', 'coach')
    -- What a human coach wrote was not said to the agent.
    AND (c.sender <> 'coach' OR (c.context ->> 'written') IS NULL)
    -- A recorded turn without speech has a text, but no words.
    AND NOT (c.message = '' AND (c.context ->> 'raw') IS NOT NULL)
),
talk AS (
  SELECT session_id, count(*) FILTER (WHERE sender = 'client') AS client_turns,
         count(*) FILTER (WHERE sender = 'agent') AS agent_turns,
         count(*) FILTER (WHERE sender = 'coach') AS coach_turns,
         sum(words) FILTER (WHERE sender = 'client') AS client_words,
         sum(words) FILTER (WHERE sender = 'agent') AS agent_words,
         count(*) FILTER (WHERE sender = 'agent' AND interrupted) AS interrupted_turns,
         array_agg(latency_ms ORDER BY seq) FILTER (WHERE sender = 'agent' AND latency_ms IS NOT NULL) AS latencies_ms,
         array_agg(felt_ms ORDER BY seq) FILTER (WHERE sender = 'agent' AND felt_ms IS NOT NULL) AS felt_ms,
         array_agg(transcript_ms ORDER BY seq)
           FILTER (WHERE sender = 'agent' AND transcript_ms IS NOT NULL) AS transcript_ms,
         array_agg(answer_ms ORDER BY seq) FILTER (WHERE sender = 'agent' AND answer_ms IS NOT NULL) AS answer_ms,
         array_agg(typed_ms ORDER BY seq) FILTER (WHERE sender = 'agent' AND typed_ms IS NOT NULL) AS typed_ms,
         array_agg(silenced_ms ORDER BY seq)
           FILTER (WHERE sender = 'agent' AND silenced_ms IS NOT NULL) AS silenced_ms,
         count(*) FILTER (WHERE sender = 'agent' AND cut_in IN ('true', 'false')) AS sounded_turns,
         count(*) FILTER (WHERE sender = 'agent' AND cut_in = 'true') AS cut_ins
  FROM turns GROUP BY session_id
),
quiet AS (
  SELECT s.session_id, count(*) FILTER (WHERE broken_by = 'client') AS by_client,
         count(*) FILTER (WHERE broken_by = 'agent') AS by_agent,
         count(*) FILTER (WHERE broken_by = 'nobody') AS by_nobody
  FROM silences s JOIN wanted w ON w.id = s.session_id GROUP BY s.session_id
),
calls AS (
  SELECT a.session_id, a.agent_id, a.version_id, a.started_at, a.ended_at, a.end_reason IN ('error', 'line', 'silent') AS broke,
         lead(a.started_at) OVER (PARTITION BY a.session_id ORDER BY a.started_at, a.id) AS next_at
  FROM agent_conversations a JOIN wanted w ON w.id = a.session_id
),
lines AS (
  SELECT session_id, max(agent_id) AS agent_id,
         -- The latest that is known: a record may still be missing.
         (array_agg(version_id ORDER BY started_at DESC) FILTER (WHERE version_id IS NOT NULL))[1] AS agent_version,
         array_agg(greatest(0, CAST(extract(epoch FROM next_at - ended_at) AS double precision)) ORDER BY started_at)
           FILTER (WHERE broke AND next_at IS NOT NULL) AS reconnect_seconds,
         count(*) FILTER (WHERE broke AND next_at IS NULL) AS given_up
  FROM calls GROUP BY session_id
),
ended_sessions AS (
  SELECT s.id, s.client_id, s.start_time, s.status, s.end_reason, s.off_record_at IS NOT NULL AS off_record,
         greatest(s.start_time, coalesce(s.end_time, s.last_seen_at)) AS end_time
  FROM sessions s JOIN wanted w ON w.id = s.id WHERE s.status IN ('completed', 'abandoned', 'failed')
    -- What cannot be made again is not made again.
    AND NOT EXISTS (SELECT 1 FROM session_facts k WHERE k.session_id = s.id AND k.frozen)
),
breaks AS (
  -- Nobody came back from a pause that did not end: the session ended where it began.
  SELECT p.session_id, count(*) AS pauses, count(*) FILTER (WHERE p.cause = 'interrupted') AS interruptions,
         sum(CAST(extract(epoch FROM coalesce(p.ended_at, p.started_at) - p.started_at) AS double precision))
           AS paused_seconds
  FROM pauses p JOIN wanted w ON w.id = p.session_id GROUP BY p.session_id
),
humans AS (
  -- Those whom the client let in. Their time counts from the first link.
  SELECT j.session_id, count(*) AS joins, sum(a.hints) AS hints, sum(a.holds) AS holds, sum(a.takeovers) AS takeovers,
         sum(greatest(0, CAST(extract(epoch FROM least(coalesce(j.ended_at, v.end_time), v.end_time) - j.first_linked_at)
           AS double precision))) AS human_seconds
  FROM live_joins j JOIN ended_sessions v ON v.id = j.session_id LEFT JOIN (
    SELECT join_id, count(*) FILTER (WHERE act = 'hint') AS hints, count(*) FILTER (WHERE act = 'hold') AS holds,
           count(*) FILTER (WHERE act = 'take_over') AS takeovers
    FROM live_acts GROUP BY join_id
  ) AS a ON a.join_id = j.id
  WHERE j.status IN ('admitted', 'ended') AND j.answered_at IS NOT NULL GROUP BY j.session_id
),
writings AS (
  SELECT s.session_id, count(*) AS steps FROM written_steps s JOIN wanted w ON w.id = s.session_id
  GROUP BY s.session_id
),
computed AS (
  SELECT v.id AS session_id, v.client_id, n.client_no, l.agent_id, v.start_time, v.end_time, v.status, v.end_reason,
         CAST(extract(epoch FROM v.end_time - v.start_time) AS double precision) - coalesce(b.paused_seconds, 0)
           AS duration_seconds,
         CAST(coalesce(t.client_turns, 0) AS integer) AS client_turns,
         CAST(coalesce(t.agent_turns, 0) AS integer) AS agent_turns,
         CAST(coalesce(t.client_words, 0) AS integer) AS client_words,
         CAST(coalesce(t.agent_words, 0) AS integer) AS agent_words,
         CAST(coalesce(t.interrupted_turns, 0) AS integer) AS interrupted_turns, t.latencies_ms,
         t.felt_ms, t.transcript_ms, t.answer_ms, t.typed_ms, t.silenced_ms,
         -- Where nothing was heard there is no number, as for sessions from before pages listened.
         CAST(nullif(t.sounded_turns, 0) AS integer) AS sounded_turns,
         CASE WHEN t.sounded_turns > 0 THEN CAST(t.cut_ins AS integer) END AS cut_ins,
         CAST(nullif(q.by_client, 0) AS integer) AS silences_by_client,
         CAST(nullif(q.by_agent, 0) AS integer) AS silences_by_agent,
         CAST(nullif(q.by_nobody, 0) AS integer) AS silences_by_nobody, l.reconnect_seconds,
         CAST(nullif(l.given_up, 0) AS integer) AS given_up,
         CAST(coalesce(b.pauses, 0) AS integer) AS pauses,
         CAST(coalesce(b.interruptions, 0) AS integer) AS interruptions,
         coalesce(b.paused_seconds, 0) AS paused_seconds,
         CAST(coalesce(x.steps, 0) AS integer) AS written_steps, v.off_record,
         CAST(coalesce(t.coach_turns, 0) AS integer) AS coach_turns, CAST(coalesce(h.joins, 0) AS integer) AS joins,
         CAST(coalesce(h.hints, 0) AS integer) AS hints, CAST(coalesce(h.holds, 0) AS integer) AS holds,
         CAST(coalesce(h.takeovers, 0) AS integer) AS takeovers, coalesce(h.human_seconds, 0) AS human_seconds, l.agent_version
  FROM ended_sessions v LEFT JOIN client_numbers n ON n.client_id = v.client_id
  LEFT JOIN talk t ON t.session_id = v.id LEFT JOIN lines l ON l.session_id = v.id
  LEFT JOIN quiet q ON q.session_id = v.id
  LEFT JOIN breaks b ON b.session_id = v.id LEFT JOIN writings x ON x.session_id = v.id
  LEFT JOIN humans h ON h.session_id = v.id
)

-- name: number_clients
INSERT INTO client_numbers (client_id, client_no)
SELECT client_id, (SELECT coalesce(max(client_no), 0) FROM client_numbers) + row_number() OVER (ORDER BY client_id)
FROM (SELECT DISTINCT s.client_id FROM sessions s JOIN wanted w ON w.id = s.id) AS clients
WHERE NOT EXISTS (SELECT 1 FROM client_numbers n WHERE n.client_id = clients.client_id)

-- name: columns
session_id, client_id, client_no, agent_id, start_time, end_time, status, end_reason, duration_seconds, client_turns,
agent_turns, client_words, agent_words, interrupted_turns, latencies_ms, felt_ms, transcript_ms, answer_ms, typed_ms,
silenced_ms, sounded_turns, cut_ins, silences_by_client, silences_by_agent, silences_by_nobody, reconnect_seconds,
given_up, pauses, interruptions, paused_seconds, written_steps, off_record, coach_turns, joins, hints, holds, takeovers,
human_seconds, agent_version

-- name: put
ON CONFLICT (session_id) DO UPDATE SET client_id = excluded.client_id, client_no = excluded.client_no,
  agent_id = excluded.agent_id, start_time = excluded.start_time, end_time = excluded.end_time,
  status = excluded.status, end_reason = excluded.end_reason, duration_seconds = excluded.duration_seconds,
  client_turns = excluded.client_turns, agent_turns = excluded.agent_turns, client_words = excluded.client_words,
  agent_words = excluded.agent_words, interrupted_turns = excluded.interrupted_turns,
  latencies_ms = excluded.latencies_ms, felt_ms = excluded.felt_ms, transcript_ms = excluded.transcript_ms,
  answer_ms = excluded.answer_ms, typed_ms = excluded.typed_ms, silenced_ms = excluded.silenced_ms,
  sounded_turns = excluded.sounded_turns, cut_ins = excluded.cut_ins,
  silences_by_client = excluded.silences_by_client, silences_by_agent = excluded.silences_by_agent,
  silences_by_nobody = excluded.silences_by_nobody, reconnect_seconds = excluded.reconnect_seconds,
  given_up = excluded.given_up, pauses = excluded.pauses,
  interruptions = excluded.interruptions, paused_seconds = excluded.paused_seconds,
  written_steps = excluded.written_steps, off_record = excluded.off_record, coach_turns = excluded.coach_turns,
  joins = excluded.joins, hints = excluded.hints, holds = excluded.holds, takeovers = excluded.takeovers,
  human_seconds = excluded.human_seconds, agent_version = excluded.agent_version

-- name: not_due
f.frozen IS NOT TRUE AND NOT EXISTS (SELECT 1 FROM facts_due d WHERE d.session_id = coalesce(c.session_id, f.session_id))

-- name: clear
DELETE FROM session_facts WHERE frozen IS NOT TRUE

-- name: count
SELECT count(*) FROM session_facts

-- name: ended
SELECT id FROM sessions WHERE end_time IS NOT NULL ORDER BY start_time, id

-- name: delete_orphaned
DELETE FROM session_facts WHERE frozen IS NOT TRUE AND session_id NOT IN (SELECT id FROM sessions WHERE end_time IS NOT NULL)

-- name: earlier_sessions
-- Those in which the client said something.
SELECT (SELECT start_time FROM sessions WHERE id = $1) AS began_at, count(*) AS sessions, max(start_time) AS latest
FROM session_facts WHERE client_id = $2 AND client_turns >= 1 AND session_id <> $1
