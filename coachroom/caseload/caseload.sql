-- name: caseload
-- The clients of $coach (NULL: all clients) at the time $as_of, those with the most urgent need first, of these
-- who is worse off; at most $most.
--   $among: NULL or the e-mails of those to look among · $min_valid_seconds: what a valid session lasts at least
--   $recent_from: when the recent days begin · $quiet_before: a last valid session before it is too long ago
--   $not_begun_before: who joined before it should have come by now
--   $needs: every need, most urgent first · $talk_needs: those that call for a talk
WITH mine AS (
  SELECT m.client_id, n.client_no, m.display_name AS client, m.tier, m.coach_email,
         coalesce(m.joined_at, m.created_at) AS joined_at, coalesce(p.timezone, 'UTC') AS timezone
  FROM members m LEFT JOIN client_numbers n ON n.client_id = m.client_id
  LEFT JOIN client_profiles p ON p.id = m.client_id
  WHERE m.role = 'client' AND m.status = 'active' AND m.client_id IS NOT NULL
    AND (CAST($coach AS text) IS NULL OR m.coach_email = CAST($coach AS text))
    AND (CAST($among AS text[]) IS NULL OR m.email IN (SELECT unnest(CAST($among AS text[]))))
),
client_sessions AS (
  SELECT client_no, count(*) FILTER (WHERE is_valid) AS sessions,
         count(*) FILTER (WHERE is_valid AND start_time >= CAST($recent_from AS timestamp)) AS recent_sessions,
         max(start_time) FILTER (WHERE is_valid) AS last_valid,
         max(start_time) AS last_of_all,
         max(start_time) FILTER (WHERE status = 'failed') AS last_failure
  FROM (
    SELECT client_no, start_time, status,
           status <> 'failed' AND (client_turns >= 1 OR off_record) AND duration_seconds >= CAST($min_valid_seconds AS double precision) AS is_valid
    FROM session_facts
    WHERE start_time < CAST($as_of AS timestamp) AND client_no IN (SELECT client_no FROM mine)
  ) AS ended
  GROUP BY client_no
),
-- What was answered lately is little beside all sessions.
recent AS (
  SELECT session_id, client_no, start_time FROM session_facts
  WHERE start_time < CAST($as_of AS timestamp) AND start_time >= CAST($recent_from AS timestamp)
    AND client_no IN (SELECT client_no FROM mine)
),
ratings AS (
  SELECT client_no, rating FROM (
    SELECT e.client_no, f.rating, row_number() OVER (PARTITION BY e.client_no ORDER BY e.start_time DESC) AS place
    FROM recent e JOIN feedback f ON f.session_id = e.session_id WHERE f.rating IS NOT NULL
  ) AS r WHERE place = 1
),
felt AS (
  SELECT client_no, heard, right_topics, approach_fits, overall, total FROM (
    SELECT e.client_no, c.heard, c.right_topics, c.approach_fits, c.overall,
           c.heard + c.right_topics + c.approach_fits + c.overall AS total,
           row_number() OVER (PARTITION BY e.client_no ORDER BY e.start_time DESC) AS place
    FROM recent e JOIN check_ins c ON c.session_id = e.session_id
  ) AS c WHERE place = 1
),
known AS (
  SELECT m.client_id, m.client, m.tier, m.coach_email, m.joined_at, m.timezone, coalesce(v.sessions, 0) AS sessions,
         coalesce(v.recent_sessions, 0) AS recent_sessions, v.last_valid AS last_session, r.rating, f.total AS check_in,
         f.heard, f.right_topics, f.approach_fits, f.overall,
         CASE
           WHEN r.rating <= 2 THEN 'low rating'
           WHEN f.total < 36 THEN 'check-in'
           WHEN v.last_failure = v.last_of_all AND v.last_failure >= CAST($recent_from AS timestamp) THEN 'failed session'
           WHEN v.last_valid < CAST($quiet_before AS timestamp) THEN 'quiet'
           WHEN v.last_valid IS NULL AND m.joined_at < CAST($not_begun_before AS timestamp) THEN 'not begun'
         END AS need
  FROM mine m LEFT JOIN client_sessions v ON v.client_no = m.client_no
  LEFT JOIN ratings r ON r.client_no = m.client_no LEFT JOIN felt f ON f.client_no = m.client_no
),
totals AS (
  SELECT count(*) AS clients, count(*) FILTER (WHERE need = ANY (CAST($talk_needs AS text[]))) AS need_a_talk,
         count(*) FILTER (WHERE need = 'quiet') AS gone_quiet, count(*) FILTER (WHERE need = 'not begun') AS not_begun
  FROM known
)
SELECT k.*, t.clients, t.need_a_talk, t.gone_quiet, t.not_begun FROM known k CROSS JOIN totals t
ORDER BY array_position(CAST($needs AS text[]), need) NULLS LAST,
         -- Of those with the same need the worse off first, of equals the latest.
         CASE need WHEN 'low rating' THEN rating WHEN 'check-in' THEN check_in END NULLS LAST,
         last_session DESC NULLS LAST, joined_at DESC, client
LIMIT $most

-- name: one_client
-- For a coach only while they are one of the community: a page of theirs may still be open.
SELECT client_id, display_name, tier, coach_email, status = 'active' FROM members
WHERE client_id = $1 AND role = 'client'
  AND (CAST($2 AS text) IS NULL
       OR coach_email = (SELECT c.email FROM members c
                         WHERE c.email = CAST($2 AS text) AND c.role = 'coach' AND c.status = 'active'))

-- name: coached_by
-- Whom this coach may write to: all of their clients who are members still, or the one client if it is one of these.
SELECT c.client_id FROM members c JOIN members m ON m.email = c.coach_email
WHERE m.email = $1 AND (CAST($2 AS text) IS NULL OR c.client_id = CAST($2 AS text))
  AND c.role = 'client' AND c.status = 'active' AND m.role = 'coach' AND m.status = 'active'

-- name: is_coach_on_record
-- Also of a client who was removed.
SELECT 1 FROM members c JOIN members m ON m.email = c.coach_email
WHERE c.client_id = $1 AND c.role = 'client' AND m.email = $2 AND m.role = 'coach' AND m.status = 'active'

-- name: comments
-- What clients wrote for the reader's role, coach or admin: of one client, or since a time; latest first.
SELECT m.client_id, m.display_name AS client, f.start_time, b.rating, b.comment
FROM feedback b JOIN session_facts f ON f.session_id = b.session_id JOIN members m ON m.client_id = f.client_id
WHERE b.comment IS NOT NULL AND b.comment_for = $reader AND m.role = 'client' AND m.status = 'active'
  AND (CAST($coach AS text) IS NULL OR m.coach_email = CAST($coach AS text))
  AND (CAST($client AS text) IS NULL OR m.client_id = CAST($client AS text))
  AND (CAST($since AS timestamp) IS NULL OR f.start_time >= CAST($since AS timestamp))
  AND f.start_time < CAST($as_of AS timestamp)
ORDER BY f.start_time DESC, f.session_id LIMIT $most

-- name: timeline
-- After `told`, which is in metrics/_told_versions.sql: ratings stand beside the version.
SELECT f.start_time, f.status, f.end_reason, f.duration_seconds, f.off_record,
       CASE WHEN NOT f.off_record THEN f.client_turns END AS client_turns,
       CASE WHEN f.client_words + f.agent_words > 0
         THEN CAST(f.agent_words AS double precision) / (f.client_words + f.agent_words) END AS coach_share,
       CASE WHEN NOT f.off_record THEN f.interrupted_turns END AS interrupted_turns,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY w.ms) FROM unnest(f.felt_ms) AS w(ms)) AS p50_ms,
       f.told_version AS agent_version, b.rating, c.heard + c.right_topics + c.approach_fits + c.overall AS check_in,
       k.before_score AS confidence_before, k.after_score AS confidence_after, a.tone, a.pace, a.opening, a.lead
FROM told f
LEFT JOIN session_approach a ON a.session_id = f.session_id
LEFT JOIN feedback b ON b.session_id = f.session_id
LEFT JOIN check_ins c ON c.session_id = f.session_id
LEFT JOIN confidence k ON k.session_id = f.session_id
WHERE f.client_id = $1 AND f.start_time < CAST($2 AS timestamp)
ORDER BY f.start_time DESC LIMIT $3

-- name: slow_turns
-- When and how slow, never what was said.
SELECT f.start_time, t.timestamp AS at_time, t.felt_ms, t.transcript_ms, t.answer_ms
FROM session_facts f
JOIN (
  SELECT session_id, timestamp, CAST(context ->> 'felt_ms' AS integer) AS felt_ms,
         CAST(context ->> 'transcript_ms' AS integer) AS transcript_ms,
         CAST(context ->> 'answer_ms' AS integer) AS answer_ms
  FROM conversations
  WHERE session_id IN (SELECT session_id FROM session_facts WHERE client_id = $1)
    AND (context ->> 'felt_ms') ~ '^[0-9]{1,6}$'
) AS t ON t.session_id = f.session_id
WHERE f.client_id = $1 AND f.start_time < CAST($2 AS timestamp) AND t.felt_ms > $3
ORDER BY t.timestamp DESC LIMIT $4
