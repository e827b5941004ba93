-- The demo community's rows, from the temporary tables of plan.sql.

-- name: add_members
INSERT INTO members (
  email, display_name, role, status, client_id, coach_email, tier, joined_at, source, created_at, updated_at
)
SELECT c.email, ($first_names::text[])[1 + c.name // c.many] || ' ' || ($last_names::text[])[1 + c.name % c.many],
       'client', 'active', c.id, CASE WHEN c.n <= $coached THEN $coach END, c.tier, c.joined_at, 'demo', c.joined_at,
       c.joined_at
FROM (
  -- 1009 is prime: neighbours have different names, and no name comes twice before all have come.
  SELECT *, len($last_names::text[]) AS many,
         (n * 1009 + choice($seed, 'names', 0, 4096)) % (len($first_names::text[]) * len($last_names::text[])) AS name
  FROM demo_clients WHERE NOT known
) AS c
ORDER BY c.n

-- name: add_quiet_members
-- One on the roster for three who talk, who never signed in; they leave a little sooner than those who do.
INSERT INTO members (
  email, display_name, role, status, tier, joined_at, left_at, source, created_at, updated_at
)
SELECT printf('quiet-%05d@demo.example', n),
       ($first_names::text[])[1 + n % len($first_names::text[])] || ' '
         || ($last_names::text[])[1 + (n * 7) % len($last_names::text[])],
       'client', CASE WHEN left_at < $until::timestamp THEN 'removed' ELSE 'active' END, tier, joined_at,
       CASE WHEN left_at < $until::timestamp THEN left_at END, 'demo', joined_at,
       CASE WHEN left_at < $until::timestamp THEN left_at ELSE joined_at END
FROM (
  SELECT *, joined_at + to_minutes(CAST(-ln(1 - chance($seed, 'quiet leaves', n)) * 1440
    * CASE tier WHEN 'free' THEN 260 WHEN 'standard' THEN 340 ELSE 420 END AS bigint)) AS left_at
  FROM (
    SELECT n, CASE WHEN chance($seed, 'quiet tier', n) < 0.7 THEN 'free'
                   WHEN chance($seed, 'quiet tier', n) < 0.92 THEN 'standard' ELSE 'premium' END AS tier,
           $until::timestamp - to_minutes(CAST(1440 * (2 + 277 * chance($seed, 'quiet joined', n)) AS bigint)) AS joined_at
    FROM (SELECT unnest(range(1, $clients::bigint // 3 + 1)) AS n) AS numbers
  ) AS j
) AS q
ORDER BY n

-- name: remove_leavers
-- Of those whose talks have ended for good, two of five leave some weeks after the last one.
UPDATE members SET status = 'removed', left_at = l.left_at, updated_at = l.left_at
FROM (
  SELECT c.id, max(s.end_time) + to_minutes(CAST(1440 * (5 + 60 * chance($seed, 'left when', c.n)) AS bigint)) AS left_at
  FROM demo_clients c JOIN demo_sessions s ON s.n = c.n
  WHERE NOT c.known AND chance($seed, 'left', c.n) < 0.4
    AND c.leaves_after_weeks < (c.last_day - c.joined_day) / 7.0
  GROUP BY c.id, c.n
) AS l
WHERE members.client_id = l.id AND members.source = 'demo' AND l.left_at < $until::timestamp

-- name: date_known_members
UPDATE members SET tier = c.tier, joined_at = c.joined_at FROM demo_clients c
WHERE c.known AND members.client_id = c.id AND members.source = 'demo'

-- name: add_profiles
INSERT INTO client_profiles (id, display_name, preferences, challenges, created_at)
SELECT c.id, m.display_name,
       CASE WHEN chance($seed, 'prefers', c.n) < 0.6 THEN p.text END,
       CASE WHEN chance($seed, 'struggles', c.n) < 0.6 THEN h.text END, c.joined_at
FROM demo_clients c JOIN members m ON m.email = c.email
JOIN demo_lines p ON p.phase = 'preference' AND p.place = choice($seed, 'preference', c.n, p.many)
JOIN demo_lines h ON h.phase = 'challenge' AND h.place = choice($seed, 'challenge', c.n, h.many)
WHERE NOT c.known ORDER BY c.n

-- name: date_known_profiles
UPDATE client_profiles SET created_at = least(client_profiles.created_at, c.joined_at) FROM demo_clients c
WHERE c.known AND client_profiles.id = c.id

-- name: add_consents
-- The sign-in people agreed to an earlier notice, so that whoever signs in as one is asked like anybody else.
INSERT INTO consents (client_id, version, given_at)
SELECT s.client_id, CASE WHEN c.known THEN 'demo-earlier' ELSE $version END, s.start_time - INTERVAL '90 seconds'
FROM demo_sessions s JOIN demo_clients c ON c.n = s.n WHERE s.number_of_client = 1 ORDER BY s.number

-- name: add_rooms
INSERT INTO rooms (id, client_id, status, created_at, expires_at, closed_at)
SELECT printf('demo-room-%07d', number), client_id, 'closed', start_time - INTERVAL '50 seconds',
       start_time + INTERVAL '24 hours' - INTERVAL '50 seconds', end_time
FROM demo_sessions

-- name: add_sessions
INSERT INTO sessions (
  id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at, agent_conversation_id, paused_seconds
)
SELECT id, printf('demo-room-%07d', number), client_id, start_time, end_time, status, end_reason, end_time,
       CASE WHEN break_cause IS NOT NULL THEN printf('demo-call-%07d-2', number)
            WHEN turns > 0 THEN printf('demo-call-%07d', number) END,
       CASE WHEN break_cause IN ('paused', 'interrupted') THEN break_ms / 1000.0 END
FROM demo_sessions

-- name: add_calls
INSERT INTO agent_conversations (id, session_id, started_at, ended_at, end_reason, record, tries, agent_id,
  version_id, branch_id)
SELECT call.id, s.id, call.began_at, call.over_at, call.reason, 'complete', 1,
       CASE WHEN s.newer_agent THEN 'demo-agent-2' ELSE 'demo-agent-1' END,
       CASE WHEN s.newer_agent THEN 'demo-version-2' ELSE 'demo-version-1' END,
       CASE WHEN d.arm = 'candidate' AND s.start_time < $until::timestamp - INTERVAL '35 days' THEN 'demo-short'
            ELSE 'demo-main' END
FROM demo_sessions s LEFT JOIN demo_draws d ON d.n = s.n, LATERAL (
  SELECT printf('demo-call-%07d', s.number) AS id, s.start_time AS began_at,
         CASE WHEN s.break_cause IS NULL THEN s.end_time ELSE s.break_time END AS over_at,
         CASE WHEN s.break_cause = 'line' OR (s.break_cause IS NULL AND s.given_up) THEN 'line'
              WHEN s.break_cause = 'coach' THEN 'coach'
              WHEN s.break_cause IS NULL AND s.end_reason = 'agent' THEN 'agent' ELSE 'user' END AS reason
  UNION ALL
  SELECT printf('demo-call-%07d-2', s.number), after(s.break_time, s.break_ms), s.end_time,
         CASE WHEN s.given_up THEN 'line' WHEN s.end_reason = 'agent' THEN 'agent' ELSE 'user' END
  WHERE s.break_cause IS NOT NULL
) AS call
WHERE s.turns > 0

-- name: add_pauses
INSERT INTO pauses (session_id, id, cause, started_at, ended_at)
SELECT id, id || '.pause', break_cause, break_time, after(break_time, break_ms)
FROM demo_sessions WHERE break_cause IN ('paused', 'interrupted') ORDER BY number

-- name: add_joins
INSERT INTO live_joins (
  id, session_id, client_id, coach_email, reason, status, asked_at, answered_at, first_linked_at, ended_at, end_reason
)
SELECT j.join_id, j.id, j.client_id, $coach, l.text, j.join_status, j.asked_at, j.answered_at,
       j.linked_at, j.left_at, j.left_because
FROM demo_joins j JOIN demo_lines l ON l.speaker = 'coach' AND l.phase = 'asks'
  AND l.place = choice($seed, 'why they ask', j.r, l.many)
ORDER BY j.number

-- name: add_coach_acts
INSERT INTO live_acts (join_id, n, id, act, text, acted_at)
SELECT join_id, row_number() OVER (PARTITION BY number ORDER BY place), join_id || '.' || place, act, words, done_at
FROM demo_coach_acts WHERE act IS NOT NULL ORDER BY number, place

-- name: add_silences
INSERT INTO silences (session_id, id, ended_at, seconds, broken_by)
SELECT session_id, id, ended_at, seconds, broken_by FROM demo_silences ORDER BY number

-- name: add_written_steps
-- Whoever writes says much the same; the last step is a next step of theirs.
INSERT INTO written_steps (session_id, client_id, stage, words, target_id, written_at)
SELECT s.id, s.client_id, w.stage, m.message,
       CASE WHEN w.stage = 'will' THEN printf('demo-action-%07d', s.number) END,
       after(s.start_time, s.seconds * 1000 * w.phase / 5.0)
FROM demo_sessions s
JOIN (SELECT unnest([1, 2, 3, 4]) AS phase, unnest(['goal', 'reality', 'options', 'will']) AS stage) AS w ON TRUE
JOIN demo_messages m ON m.key = message_key(FALSE, w.phase, s.topic, s.step, s.pick, 1)
WHERE s.written ORDER BY s.number, w.phase

-- name: add_turns
-- $first and $last: session numbers. What a human coach says comes between two turns, which are numbered on behind it.
INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context)
WITH coached AS (
  SELECT number, list(after_turn) AS after_turns FROM demo_coach_acts
  WHERE words IS NOT NULL AND number BETWEEN $first AND $last GROUP BY number
)
SELECT t.id, t.seq + coalesce(len(list_filter(k.after_turns, lambda turn: turn < t.seq)), 0), t.id || '.' || t.seq, m.message, CASE WHEN t.by_agent THEN 'agent' ELSE 'client' END, t.said_at,
       c.context
FROM demo_turns($seed, $first, $last) t
JOIN demo_messages m ON m.key = t.message_key JOIN demo_contexts c ON c.key = t.context_key
LEFT JOIN coached k ON k.number = t.number
UNION ALL
SELECT session_id, after_turn + row_number() OVER (PARTITION BY number ORDER BY place),
       session_id || '.coach.' || place, words, 'coach', done_at,
       CAST('{"source": "live"' || CASE WHEN kind = 'spoken' THEN '' ELSE ', "typed": true, "written": "' || kind || '"' END || '}' AS json)
FROM demo_coach_acts WHERE words IS NOT NULL AND number BETWEEN $first AND $last

-- name: add_facts
-- What metrics/facts.sql finds in these turns, counted as they are made: reading them again would take far longer.
INSERT INTO session_facts (
  session_id, client_id, client_no, agent_id, start_time, end_time, status, end_reason, duration_seconds, client_turns,
  agent_turns, client_words, agent_words, interrupted_turns, felt_ms, transcript_ms, answer_ms, typed_ms, silenced_ms,
  sounded_turns, cut_ins, silences_by_client, silences_by_agent, silences_by_nobody, reconnect_seconds, given_up, pauses,
  interruptions, paused_seconds, written_steps, coach_turns, joins, hints, takeovers, human_seconds, agent_version
)
WITH acts AS (
  SELECT number, count(*) FILTER (WHERE kind = 'spoken') AS coach_turns, count(*) FILTER (WHERE act = 'hint') AS hints,
         count(*) FILTER (WHERE act = 'take_over') AS takeovers
  FROM demo_coach_acts WHERE number BETWEEN $first AND $last GROUP BY number
),
talk AS (
  SELECT t.number, count(*) FILTER (WHERE NOT t.by_agent) AS client_turns,
         count(*) FILTER (WHERE t.by_agent) AS agent_turns,
         sum(m.words) FILTER (WHERE NOT t.by_agent) AS client_words,
         sum(m.words) FILTER (WHERE t.by_agent) AS agent_words,
         count(*) FILTER (WHERE t.by_agent AND c.interrupted) AS interrupted_turns,
         array_agg(c.felt_ms ORDER BY t.seq) FILTER (WHERE c.felt_ms IS NOT NULL) AS felt_ms,
         array_agg(c.transcript_ms ORDER BY t.seq) FILTER (WHERE c.transcript_ms IS NOT NULL) AS transcript_ms,
         array_agg(c.answer_ms ORDER BY t.seq) FILTER (WHERE c.answer_ms IS NOT NULL) AS answer_ms,
         array_agg(c.typed_ms ORDER BY t.seq) FILTER (WHERE c.typed_ms IS NOT NULL) AS typed_ms,
         array_agg(c.silenced_ms ORDER BY t.seq) FILTER (WHERE c.silenced_ms IS NOT NULL) AS silenced_ms,
         nullif(count(c.cut_in), 0) AS sounded_turns,
         CASE WHEN count(c.cut_in) > 0 THEN count(*) FILTER (WHERE c.cut_in) END AS cut_ins
  FROM demo_turns($seed, $first, $last) t
  JOIN demo_messages m ON m.key = t.message_key JOIN demo_contexts c ON c.key = t.context_key
  GROUP BY t.number
)
SELECT s.id, s.client_id, n.client_no,
       CASE WHEN s.turns > 0 THEN CASE WHEN s.newer_agent THEN 'demo-agent-2' ELSE 'demo-agent-1' END END,
       s.start_time, s.end_time, s.status, s.end_reason,
       extract(epoch FROM s.end_time - s.start_time)
         - CASE WHEN s.break_cause IN ('paused', 'interrupted') THEN s.break_ms / 1000.0 ELSE 0 END,
       coalesce(t.client_turns, 0), coalesce(t.agent_turns, 0), coalesce(t.client_words, 0),
       coalesce(t.agent_words, 0), coalesce(t.interrupted_turns, 0), t.felt_ms, t.transcript_ms,
       t.answer_ms, t.typed_ms, t.silenced_ms, t.sounded_turns, t.cut_ins,
       CASE WHEN q.broken_by = 'client' THEN 1 END, CASE WHEN q.broken_by = 'agent' THEN 1 END,
       CASE WHEN q.broken_by = 'nobody' THEN 1 END,
       CASE WHEN s.break_cause = 'line' THEN [s.break_ms / 1000.0] END, CASE WHEN s.given_up THEN 1 END,
       CASE WHEN s.break_cause IN ('paused', 'interrupted') THEN 1 ELSE 0 END,
       CASE WHEN s.break_cause = 'interrupted' THEN 1 ELSE 0 END,
       CASE WHEN s.break_cause IN ('paused', 'interrupted') THEN s.break_ms / 1000.0 ELSE 0 END, CASE WHEN s.written THEN 4 ELSE 0 END,
       coalesce(a.coach_turns, 0), CASE WHEN j.number IS NULL THEN 0 ELSE 1 END, coalesce(a.hints, 0),
       coalesce(a.takeovers, 0), coalesce(CAST(extract(epoch FROM j.left_at - j.linked_at) AS double), 0),
       CASE WHEN s.turns > 0 THEN CASE WHEN s.newer_agent THEN 'demo-version-2' ELSE 'demo-version-1' END END
FROM demo_sessions s JOIN client_numbers n ON n.client_id = s.client_id LEFT JOIN talk t ON t.number = s.number
LEFT JOIN acts a ON a.number = s.number LEFT JOIN demo_joins j ON j.number = s.number AND j.join_status = 'ended'
LEFT JOIN demo_silences q ON q.number = s.number
WHERE s.number BETWEEN $first AND $last ORDER BY s.number

-- name: add_feedback
-- Who is delighted or annoyed answers more often than who is content.
INSERT INTO feedback (session_id, rating, nps, comment, created_at)
WITH felt AS (SELECT *, within(liking, 1, 5) AS rating FROM demo_sessions WHERE is_talk),
rated AS (
  SELECT *, CASE WHEN rating >= 4 THEN 'comment_high' WHEN rating = 3 THEN 'comment_middle'
                 ELSE 'comment_low' END AS tone
  FROM felt WHERE chance($seed, 'rates', r) < [0.75, 0.58, 0.31, 0.36, 0.62][rating]
)
SELECT s.id, s.rating,
       CASE WHEN chance($seed, 'nps', s.r) < 0.6
         THEN within(2 * s.liking + 0.3 + 0.9 * bell($seed, 'recommends', s.r), 0, 10) END,
       CASE WHEN chance($seed, 'comments', s.r) < 0.14 THEN l.text END,
       after(s.end_time, 6000 + 60000 * chance($seed, 'rated', s.r))
FROM rated s JOIN demo_lines l
  ON l.phase = s.tone AND l.place = choice($seed, 'comment', s.r, l.many)
ORDER BY s.number

-- name: add_check_ins
-- The third answer is the one that stands beside the stars, as in a real check-in.
INSERT INTO check_ins (session_id, heard, right_topics, approach_fits, overall, created_at)
SELECT id, within(8.9 + 0.9 * (liking - 4) + 0.8 * bell($seed, 'heard', r), 0, 10),
       within(8.8 + 0.9 * (liking - 4) + 0.9 * bell($seed, 'right topics', r), 0, 10),
       within(8.4 + 0.9 * (liking - 4) + 1.0 * bell($seed, 'how it fits', r), 0, 10),
       within(8.9 + 1.0 * (liking - 4) + 0.7 * bell($seed, 'overall', r), 0, 10),
       after(end_time, 20000 + 60000 * chance($seed, 'checked in', r))
FROM demo_sessions WHERE is_talk AND chance($seed, 'checks in', r) < 0.2 ORDER BY number

-- name: add_safety_reports
-- Of the talks of the last two months, the three that were liked least.
INSERT INTO safety_reports (session_id, client_id, words, reported_at)
SELECT u.id, u.client_id, l.text, after(u.end_time, 7200000)
FROM demo_unsafe u LEFT JOIN demo_lines l ON l.speaker = 'client' AND l.phase = 'unsafe' AND l.place = u.place - 1
WHERE u.place <= 3 ORDER BY u.place

-- name: add_coach_safety_reports
-- The human coach reports the next one, of a client of theirs, the day after.
INSERT INTO coach_safety_reports (session_id, client_id, coach_email, words, reported_at)
SELECT u.id, u.client_id, $coach, l.text, after(u.end_time, 86400000)
FROM demo_unsafe u JOIN demo_lines l ON l.speaker = 'coach' AND l.phase = 'unsafe' AND l.place = 0
WHERE u.place > 3 AND u.is_coached ORDER BY u.place LIMIT 1

-- name: add_approach_answers
INSERT INTO session_questions (session_id, client_id, question, score, asked_at)
SELECT id, client_id, 'approach_fits',
       CASE WHEN chance($seed, 'fits', r) < 0.45 OR chance($seed, 'checks in', r) < 0.2
         THEN within(8.4 + 0.9 * (liking - 4) + 1.0 * bell($seed, 'how it fits', r), 0, 10) END,
       after(end_time, 6000)
FROM demo_sessions WHERE is_talk ORDER BY number

-- name: add_approaches
-- Who wishes something has it from the second session on; what is tried or was kept comes before the wish. Only who
-- sets the course themselves is asked a little less.
INSERT INTO session_approach (
  session_id, client_id, tone, pace, opening, lead, trial_field, asking_share, checked_back, set_at
)
SELECT s.id, s.client_id, CASE WHEN t.is_tried OR t.is_kept THEN 'direct' ELSE w.tone END, w.pace, w.opening, w.lead,
       CASE WHEN t.is_tried THEN 'tone' END,
       0.5 + 0.35 * chance($seed, 'asks', s.r) - CASE WHEN w.lead = 'client' THEN 0.15 ELSE 0 END,
       CASE WHEN chance($seed, 'had a step', s.r) < 0.45
         THEN chance($seed, 'checks back', s.r) < CASE WHEN w.opening = 'check_back' THEN 0.9 ELSE 0.7 END END,
       s.start_time
FROM demo_sessions s LEFT JOIN demo_wishes w ON w.n = s.n AND s.number_of_client > 1
LEFT JOIN (
  SELECT s.number, bool_or(t.tried_in = s.number) AS is_tried, bool_or(t.kept AND t.tried_in < s.number) AS is_kept
  FROM demo_sessions s JOIN demo_trials t ON t.n = s.n GROUP BY s.number
) AS t ON t.number = s.number
WHERE s.turns > 0 ORDER BY s.number

-- name: add_approach_asks
INSERT INTO approach_asks (client_id, occasion, session_id, asked_at, answered_at, changed)
SELECT client_id, id, id, end_time, CASE WHEN answer < 0.6 THEN after(end_time, 60000) END,
       CASE WHEN answer < 0.6 THEN answer < 0.3 END
FROM (
  SELECT *, chance($seed, 'answers how', r) AS answer FROM demo_sessions WHERE is_talk AND number_of_client IN (1, 3, 8, 15)
) AS s ORDER BY number

-- name: add_approach_choices
INSERT INTO approach_choices (id, client_id, field, value, source, session_id, state, made_at)
SELECT printf('demo-choice-%07d-%d', t.number, e.place), c.id, 'tone', 'direct', e.source, t.asked_in, e.state,
       CASE WHEN e.place = 1 THEN t.begun_at ELSE t.ended_at END
FROM demo_trials t JOIN demo_clients c ON c.n = t.n,
LATERAL (
  SELECT 1 AS place, 'asked' AS source, 'trying' AS state
  UNION ALL SELECT 2, 'trial', CASE WHEN t.kept THEN 'kept' ELSE 'dropped' END
) AS e
ORDER BY t.number, e.place

-- name: add_wishes
INSERT INTO approach_choices (id, client_id, field, value, source, state, made_at)
SELECT printf('demo-choice-%07d-%s', s.number, w.field), s.client_id, w.field, w.value, 'profile', 'kept',
       after(s.end_time, 30000)
FROM demo_sessions s JOIN (
  SELECT n, 'tone' AS field, tone AS value FROM demo_wishes
  UNION ALL SELECT n, 'pace', pace FROM demo_wishes
  UNION ALL SELECT n, 'opening', opening FROM demo_wishes
  UNION ALL SELECT n, 'lead', lead FROM demo_wishes
) AS w ON w.n = s.n
WHERE s.number_of_client = 1 AND w.value IS NOT NULL ORDER BY s.number, w.field

-- name: add_coaching_preferences
-- What was kept last counts; who has said something themselves keeps that.
INSERT INTO coaching_preferences (client_id, tone, pace, opening, lead, remembers, updated_at)
SELECT client_id, arg_max(value, made_at) FILTER (WHERE field = 'tone'),
       arg_max(value, made_at) FILTER (WHERE field = 'pace'), arg_max(value, made_at) FILTER (WHERE field = 'opening'),
       arg_max(value, made_at) FILTER (WHERE field = 'lead'), TRUE, max(made_at)
FROM approach_choices WHERE starts_with(id, 'demo-choice-') AND state = 'kept' GROUP BY client_id
ON CONFLICT (client_id) DO NOTHING

-- name: add_evaluations
INSERT INTO evaluations (session_id, result, rationale, created_at)
SELECT s.id, s.result, l.text, s.end_time + INTERVAL '40 seconds'
FROM (
  SELECT *, CASE WHEN chance($seed, 'judged', r) < 0.09 THEN 'unknown'
                 WHEN chance($seed, 'success', r) < 0.70 + least(0.22, seconds / 5000) THEN 'success'
                 ELSE 'failure' END AS result
  FROM demo_sessions WHERE is_talk
) AS s JOIN demo_lines l ON l.speaker = 'provider' AND l.phase = s.result
ORDER BY s.number

-- name: add_confidence
INSERT INTO confidence (session_id, before_score, after_score, created_at)
SELECT id, before, within(before + 0.4 + 0.9 * growth + 1.1 * bell($seed, 'after', r), 0, 10), end_time
FROM (SELECT *, within(5.3 + 1.7 * bell($seed, 'before', r), 0, 10) AS before FROM demo_sessions) AS s
WHERE is_talk AND status = 'completed' AND chance($seed, 'confidence', r) < 0.5 ORDER BY number

-- name: add_goals
INSERT INTO goals (id, client_id, title, weight, created_at, importance, difficulty)
SELECT g.id, g.client_id, t.goal, g.importance * g.difficulty, g.created_at, g.importance, g.difficulty
FROM demo_goals g JOIN demo_topics t ON t.topic = g.topic ORDER BY g.n, g.place

-- name: add_goal_checkins
-- Who comes often drifts upward, more or less.
INSERT INTO goal_checkins (id, goal_id, score, created_at)
SELECT printf('demo-checkin-%07d-%d', s.number, g.place), g.id,
       within(-1.2 + 2.4 * g.growth * (1 - exp((g.number_of_client - s.number_of_client) / 7.0))
         + 0.55 * bell($seed, 'score', s.r * 4 + g.place), -2, 2),
       s.end_time
FROM demo_sessions s JOIN demo_goals g ON g.n = s.n AND s.number_of_client > g.number_of_client
WHERE s.is_talk AND chance($seed, 'reviews', s.r * 4 + g.place) < 0.33 ORDER BY s.number, g.place

-- name: add_actions
-- Done in time, done late, dropped, or still open; what has not happened before $until is open.
INSERT INTO actions (id, client_id, session_id, title, status, due_at, done_at, created_at)
WITH planned AS (
  SELECT s.*, t.steps[s.step + 1] AS step_name, chance($seed, 'does', s.r) AS fate,
         CAST(date_trunc('day', s.end_time) AS timestamp) + to_days(3 + choice($seed, 'due', s.r, 7))
           + INTERVAL '18 hours' AS due_at
  FROM demo_sessions s JOIN demo_topics t ON t.topic = s.topic
  WHERE s.written OR (s.is_talk AND s.status = 'completed' AND chance($seed, 'plans', s.r) < 0.45)
),
acted AS (
  SELECT *, CASE
      WHEN fate < 0.56 + 0.05 * growth
      THEN after(due_at, (epoch_ms(end_time) - epoch_ms(due_at)) * 0.9 * chance($seed, 'done', r))
      WHEN fate < 0.77 THEN after(due_at, 3600000 * (2 + 110 * chance($seed, 'done', r))) END AS done_at
  FROM planned
)
SELECT printf('demo-action-%07d', number), client_id, id, upper(step_name[1]) || step_name[2:],
       CASE WHEN done_at < $until::timestamp THEN 'done'
            WHEN fate >= 0.89 AND due_at < $until::timestamp THEN 'dropped' ELSE 'open' END,
       due_at, CASE WHEN done_at < $until::timestamp THEN done_at END, end_time
FROM acted ORDER BY number

-- name: add_appointments
-- After some talks a time with the AI coach is agreed: at the client's next talk, or a week later and missed; some
-- are moved before, some cancelled. All of them are over before $until.
INSERT INTO appointments (id, client_id, kind, begins_at, ends_at, status, sequence, made_by, made_at, changed_at, missed_by)
WITH planned AS (
  SELECT number, client_id, r, after(end_time, 180000) AS made_at, chance($seed, 'keeps', r) AS fate,
         chance($seed, 'moves', r) < 0.15 AS moved, time_bucket(INTERVAL '5 minutes', next_start) AS next_begin,
         CAST(date_trunc('day', end_time) AS timestamp) + to_days(7) + to_hours(8 + choice($seed, 'hour', r, 12)) AS other
  FROM (SELECT *, lead(start_time) OVER (PARTITION BY n ORDER BY number_of_client) AS next_start FROM demo_sessions) AS s
  WHERE is_talk AND chance($seed, 'agrees', r) < 0.3
),
agreed AS (
  SELECT *, CASE WHEN fate < 0.78 AND next_begin > made_at + INTERVAL '1 day' THEN 'kept'
                 WHEN fate < 0.9 THEN 'cancelled' ELSE 'missed' END AS status FROM planned
),
timed AS (SELECT *, CASE WHEN status = 'kept' THEN next_begin ELSE other END AS begins_at FROM agreed)
SELECT printf('demo-appointment-%07d', number), client_id, 'ai', begins_at, begins_at + INTERVAL '30 minutes', status,
       CASE WHEN moved THEN 1 ELSE 0 END + CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END, client_id, made_at,
       CASE WHEN status = 'cancelled' THEN begins_at - INTERVAL '20 hours' WHEN moved THEN after(made_at, 3600000)
            ELSE made_at END,
       CASE WHEN status = 'missed' THEN 'client' END
FROM timed WHERE begins_at + INTERVAL '35 minutes' < $until::timestamp ORDER BY number

-- name: add_comparison_draws
INSERT INTO comparison_draws (comparison_id, client_id, arm, probability, fence, drawn_at)
SELECT 'demo-comparison', client_id, arm, probability, fence, drawn_at FROM demo_draws ORDER BY n

-- name: add_comparison
-- It ended with its planned size, a week after the last draw, and was decided a week later.
INSERT INTO comparisons (id, label, why, standing, candidate, share, smallest, planned_sessions, state, made_by, made_at,
  started_at, looked_at, ended_at, decision, decided_by, words, decided_at)
SELECT 'demo-comparison', 'Shorter answers', 'Clients said that the AI coach talks much.', 'demo-main', 'demo-short', 0.5,
       0.25, count(*), 'decided', 'amira.haddad@example.com', $until::timestamp - INTERVAL '182 days',
       $until::timestamp - INTERVAL '181 days', $until::timestamp - INTERVAL '36 days',
       $until::timestamp - INTERVAL '35 days', 'standing', 'amira.haddad@example.com',
       'The ratings do not differ, so it stays as it was.', $until::timestamp - INTERVAL '28 days'
FROM demo_sessions s JOIN demo_draws d ON d.n = s.n
WHERE s.is_talk AND NOT d.fence AND s.start_time < $until::timestamp - INTERVAL '35 days'
HAVING count(*) > 0
