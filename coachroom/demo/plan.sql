-- Who belongs to the demo community and who talks when, in temporary tables. DuckDB only: the demo community is for
-- development and benches. Chance is a hash of the seed, a name for what is drawn, and a number; never random().
--   $seed · $clients · $sessions · $until: naive UTC, everything is over before it

-- name: chance
-- Even in [0, 1).
CREATE OR REPLACE TEMP MACRO chance(seed, what, n) AS
  CAST(hash(xor(CAST(n AS ubigint), hash(seed, what))) >> 11 AS double) / 9007199254740992.0

-- name: bell
-- Normal with mean 0 and standard deviation 1.
CREATE OR REPLACE TEMP MACRO bell(seed, what, n) AS
  sqrt(-2 * ln(1 - chance(seed, what || ' 1', n))) * cos(2 * pi() * chance(seed, what || ' 2', n))

-- name: within
-- A whole number, at least `low` and at most `high`.
CREATE OR REPLACE TEMP MACRO within(value, low, high) AS
  CAST(greatest(low, least(high, round(value))) AS integer)

-- name: choice
-- A whole number from 0, less than `many`.
CREATE OR REPLACE TEMP MACRO choice(seed, what, n, many) AS CAST(floor(many * chance(seed, what, n)) AS integer)

-- name: after
CREATE OR REPLACE TEMP MACRO after(moment, milliseconds) AS moment + to_milliseconds(CAST(milliseconds AS bigint))

-- name: monday
CREATE OR REPLACE TEMP MACRO monday(day) AS day - CAST(isodow(day) - 1 AS integer)

-- name: topics
CREATE OR REPLACE TEMP TABLE demo_topics AS
SELECT topic, name, goal, [step_1, step_2, step_3] AS steps
FROM (
  SELECT unnest(range(len($topics_topic::text[]))) AS topic, unnest($topics_topic::text[]) AS name,
         unnest($topics_goal::text[]) AS goal, unnest($topics_step_1::text[]) AS step_1,
         unnest($topics_step_2::text[]) AS step_2, unnest($topics_step_3::text[]) AS step_3
) AS t

-- name: lines
CREATE OR REPLACE TEMP TABLE demo_lines AS
SELECT speaker, phase, text,
       row_number() OVER (PARTITION BY speaker, phase ORDER BY line) - 1 AS place,
       count(*) OVER (PARTITION BY speaker, phase) AS many
FROM (
  SELECT unnest(range(len($lines_text::text[]))) AS line, unnest($lines_speaker::text[]) AS speaker,
         unnest($lines_phase::text[]) AS phase, unnest($lines_text::text[]) AS text
) AS l

-- name: message_key
CREATE OR REPLACE TEMP MACRO message_key(by_agent, phase, topic, step, pick, brief) AS
  CAST((((((CASE WHEN by_agent THEN 1 ELSE 0 END) * 6 + phase) * 64 + topic) * 3 + step) * 24 + pick) * 2 + brief
    AS integer)

-- name: messages
-- What may be said. `pick` goes on from turn to turn, so that nothing is said twice in a row.
CREATE OR REPLACE TEMP TABLE demo_messages AS
WITH phases AS (
  SELECT unnest([0, 1, 2, 3, 4, 5]) AS phase,
         unnest(['hello', 'goal', 'reality', 'options', 'will', 'close']) AS name
),
said AS (
  SELECT speaker.name = 'agent' AS by_agent, p.phase, p.phase BETWEEN 1 AND 4 AS at_work,
         t.topic, t.name AS topic_name, step.n AS step, t.steps[step.n + 1] AS step_name,
         pick.n AS pick, brief.n AS brief,
         a.text AS first_text, b.text AS second_text, h.text AS thanks
  FROM (SELECT unnest(['agent', 'client']) AS name) AS speaker
  CROSS JOIN phases p CROSS JOIN demo_topics t CROSS JOIN range(3) AS step(n) CROSS JOIN range(24) AS pick(n)
  CROSS JOIN range(2) AS brief(n)
  JOIN demo_lines a ON a.speaker = speaker.name AND a.phase = p.name AND a.place = pick.n % a.many
  JOIN demo_lines b ON b.speaker = speaker.name AND b.phase = p.name AND b.place = (pick.n + 4) % b.many
  JOIN demo_lines h ON h.phase = 'thanks' AND h.place = (pick.n * 5) % h.many
)
SELECT key, message, length(regexp_replace(message, '\s*\S+\s*', 'x', 'g')) AS words
FROM (
  SELECT message_key(by_agent, phase, topic, step, pick, brief) AS key,
         replace(replace(
           CASE WHEN NOT at_work THEN first_text
                WHEN by_agent THEN thanks || ' ' || first_text
                WHEN brief = 1 THEN first_text
                ELSE first_text || ' ' || second_text END,
           '{topic}', topic_name), '{step}', step_name) AS message
  FROM said
) AS m

-- name: context_key
-- 0 to 3: turns without a response time; from 4: one of 4096 response times, by agent, spoken or typed.
CREATE OR REPLACE TEMP MACRO context_key(by_agent, typed, newer_agent, wait, interrupted) AS
  CAST(CASE WHEN NOT by_agent THEN CASE WHEN typed THEN 1 ELSE 0 END
            WHEN wait IS NULL THEN CASE WHEN interrupted THEN 3 ELSE 2 END
            ELSE 4 + wait * 8 + CASE WHEN typed THEN 4 ELSE 0 END + CASE WHEN newer_agent THEN 2 ELSE 0 END
              + CASE WHEN interrupted THEN 1 ELSE 0 END END
    AS integer)

-- name: waits
-- 4096 delays that a client may feel until an agent answers.
CREATE OR REPLACE TEMP TABLE demo_waits AS
SELECT wait, newer_agent,
       within(CASE WHEN newer_agent THEN 1330 ELSE 1480 END * exp(0.71 * bell($seed, 'wait', wait)), 180, 20000)
         AS felt_ms
FROM (SELECT unnest(range(4096)) AS wait) AS w
CROSS JOIN (SELECT unnest([FALSE, TRUE]) AS newer_agent) AS a

-- name: contexts
CREATE OR REPLACE TEMP TABLE demo_contexts AS
SELECT key, felt_ms, transcript_ms, felt_ms - transcript_ms AS answer_ms, typed_ms, silenced_ms, cut_in, interrupted,
       CAST('{"source": "live"' || CASE WHEN typed THEN ', "typed": true' ELSE '' END
         || CASE WHEN felt_ms IS NULL THEN '' ELSE ', "felt_ms": ' || felt_ms || ', "transcript_ms": ' || transcript_ms
              || ', "answer_ms": ' || (felt_ms - transcript_ms) || ', "cut_in": ' || CAST(cut_in AS varchar) END
         || CASE WHEN typed_ms IS NULL THEN '' ELSE ', "typed_ms": ' || typed_ms END
         || CASE WHEN silenced_ms IS NULL THEN '' ELSE ', "silenced_ms": ' || silenced_ms END
         || CASE WHEN interrupted THEN ', "interrupted": true' ELSE '' END || '}' AS json) AS context
FROM (
  SELECT unnest([0, 1, 2, 3]) AS key, unnest([FALSE, TRUE, FALSE, FALSE]) AS typed,
         unnest([FALSE, FALSE, FALSE, TRUE]) AS interrupted, NULL AS felt_ms, NULL AS transcript_ms,
         NULL AS typed_ms, NULL AS silenced_ms, NULL AS cut_in
  UNION ALL
  SELECT context_key(TRUE, FALSE, newer_agent, wait, interrupted), FALSE, interrupted, felt_ms,
         CAST(felt_ms * (0.4 + 0.3 * chance($seed, 'transcript', wait)) AS integer), NULL,
         CASE WHEN interrupted THEN CAST(300 + 900 * chance($seed, 'silenced', wait) AS integer) END,
         chance($seed, 'cut in', wait) < CASE WHEN newer_agent THEN 0.03 ELSE 0.06 END
  FROM demo_waits CROSS JOIN (SELECT unnest([FALSE, TRUE]) AS interrupted) AS i
  UNION ALL
  SELECT context_key(TRUE, TRUE, newer_agent, wait, interrupted), FALSE, interrupted, NULL, NULL,
         CAST(felt_ms * 0.55 AS integer), NULL, NULL
  FROM demo_waits CROSS JOIN (SELECT unnest([FALSE, TRUE]) AS interrupted) AS i
) AS c

-- name: weekdays
-- For the days first_day to last_day of a week (0 = Monday) 64 orders in which somebody may choose them.
CREATE OR REPLACE TEMP TABLE demo_weekdays AS
SELECT first_day, last_day, pick,
       list(day ORDER BY -ln(1 - chance($seed, 'weekday', (pick * 7 + first_day) * 64 + last_day * 8 + day))
         / [1.0, 1.2, 1.15, 1.0, 0.6, 0.22, 0.4][day + 1], day) AS days
FROM (SELECT unnest(range(7)) AS first_day) AS f
CROSS JOIN (SELECT unnest(range(7)) AS last_day) AS l
CROSS JOIN (SELECT unnest(range(64)) AS pick) AS p
CROSS JOIN (SELECT unnest(range(7)) AS day) AS d
WHERE day BETWEEN first_day AND last_day GROUP BY first_day, last_day, pick

-- name: clients
-- The sign-in people come first, with a history that is worth looking at. Days are the client's own; one is used only
-- if it is over, night hours and the last rating included, before $until.
CREATE OR REPLACE TEMP TABLE demo_clients AS
WITH drawn AS (
  SELECT n, n <= len($known::text[]) AS known, ($known::text[])[n] AS known_id,
         CASE WHEN n <= len($known::text[]) THEN ['premium', 'standard', 'free'][1 + (n - 1) % 3]
              WHEN chance($seed, 'tier', n) < 0.58 THEN 'free'
              WHEN chance($seed, 'tier', n) < 0.86 THEN 'standard' ELSE 'premium' END AS tier,
         [-8, -6, -5, -5, -3, 0, 0, 1, 1, 1, 1, 2, 2, 3, 8, 10][1 + choice($seed, 'zone', n, 16)]
           AS offset_hours,
         (sqrt(1 + 8 * chance($seed, 'joined', n)) - 1) / 2 AS lateness
  FROM (SELECT unnest(range(1, $clients::bigint + 1)) AS n) AS numbers
),
dated AS (
  SELECT *, CAST($until::timestamp + to_hours(offset_hours - 3) AS date) - 1 AS last_day FROM drawn
),
joined AS (
  SELECT *, last_day - CASE WHEN known THEN [180, 84, 30][1 + (n - 1) % 3]
                            ELSE 2 + CAST(floor((1 - lateness) * 277) AS integer) END AS joined_day
  FROM dated
)
SELECT n, known, tier, offset_hours, last_day, joined_day,
       CASE WHEN known THEN known_id ELSE printf('demo-client-%05d', n - len($known::text[])) END AS id,
       printf('client-%05d@demo.example', n - len($known::text[])) AS email,
       after(CAST(joined_day AS timestamp), 60000 * (300 - 60 * offset_hours + choice($seed, 'minute', n, 50)))
         AS joined_at,
       NOT known AND chance($seed, 'owl', n) < 0.12 AS owl,
       choice($seed, 'topic', n, (SELECT count(*) FROM demo_topics)) AS topic,
       0.35 + chance($seed, 'growth', n) AS growth,
       bell($seed, 'mood', n) AS mood,
       CASE WHEN known THEN 1.3 ELSE exp(0.5 * bell($seed, 'rate', n))
         * CASE tier WHEN 'free' THEN 0.9 WHEN 'standard' THEN 1.2 ELSE 1.7 END END AS weekly,
       CASE WHEN known THEN 40 ELSE exp(0.35 * bell($seed, 'fade', n))
         * CASE tier WHEN 'free' THEN 3.0 WHEN 'standard' THEN 9.0 ELSE 22.0 END END AS fades_in_weeks,
       CASE WHEN known THEN 99 ELSE -ln(1 - chance($seed, 'leaves', n))
         * CASE tier WHEN 'free' THEN 5.0 WHEN 'standard' THEN 14.0 ELSE 36.0 END END AS leaves_after_weeks,
       CASE WHEN chance($seed, 'again', n) < 0.12
         THEN 4 + choice($seed, 'again when', n, 8) ELSE 0 END AS back_after_weeks
FROM joined

-- name: cells
-- How many sessions each client has in each week since joining. The weights are whole numbers, so that their sums do
-- not depend on the order of adding; all quotas together are exactly $sessions.
CREATE OR REPLACE TEMP TABLE demo_cells AS
WITH weeks AS (
  SELECT n, unnest(range((monday(last_day) - monday(joined_day)) // 7 + 1)) AS week FROM demo_clients
),
spans AS (
  SELECT w.n, w.week, monday(c.joined_day) + CAST(7 * w.week AS integer) AS monday,
         CASE WHEN w.week = 0 THEN isodow(c.joined_day) - 1 ELSE 0 END AS first_day,
         c.weekly, c.fades_in_weeks, c.leaves_after_weeks, c.back_after_weeks, c.last_day
  FROM weeks w JOIN demo_clients c ON c.n = w.n
),
weighted AS (
  SELECT n, week, monday, first_day, least(6, CAST(last_day - monday AS bigint)) AS last_day,
         CAST(1000000 * weekly * CASE
           WHEN week = 0 THEN 0.9
           WHEN week < leaves_after_weeks
             OR (back_after_weeks > 0 AND week - leaves_after_weeks - back_after_weeks BETWEEN 0 AND 3)
           THEN (0.15 + 0.85 * exp(-week / fades_in_weeks)) * -ln(1 - chance($seed, 'week', n * 64 + week))
             * (1 + least(6, CAST(last_day - monday AS bigint))) / 7.0
           ELSE 0 END AS bigint) AS weight
  FROM spans
),
summed AS (
  SELECT *, sum(weight) OVER (ORDER BY n, week) AS upto, sum(weight) OVER () AS total FROM weighted
)
SELECT n, week, monday, first_day, last_day,
       CAST($sessions::hugeint * upto // total - $sessions::hugeint * (upto - weight) // total AS bigint) AS quota
FROM summed WHERE weight > 0

-- name: session_starts
-- One row a session. Somebody comes once a day; only who has more sessions than days comes several times, in turn.
CREATE OR REPLACE TEMP TABLE demo_session_starts AS
WITH starts AS (
  SELECT c.n, c.week, c.monday, unnest(range(c.quota)) AS place, c.quota, w.days
  FROM demo_cells c JOIN demo_weekdays w ON w.first_day = c.first_day AND w.last_day = c.last_day
    AND w.pick = choice($seed, 'days', c.n * 64 + c.week, 64)
  WHERE c.quota > 0
),
placed AS (
  SELECT n, days[1 + place % len(days)] AS day, monday, place // len(days) AS slot,
         (quota - 1) // len(days) + 1 AS slots, (n * 64 + week) * 65536 + place AS r
  FROM starts
),
timed AS (
  SELECT p.n, p.r, p.day, p.monday,
         CASE WHEN p.slots > 1 THEN 6.2 + 19.5 * (p.slot + 0.1 + 0.5 * chance($seed, 'hour', p.r)) / p.slots
              ELSE greatest(6.2, least(25.8, CASE
                WHEN c.owl THEN 23.1 + 1.1 * bell($seed, 'hour', p.r)
                WHEN p.day >= 5 AND chance($seed, 'part', p.r) < 0.65 THEN 9.5 + 9.5 * chance($seed, 'hour', p.r)
                WHEN chance($seed, 'part', p.r) < 0.58 OR p.day >= 5 THEN 19.8 + 1.3 * bell($seed, 'hour', p.r)
                WHEN chance($seed, 'part', p.r) < 0.76 THEN 12.6 + 0.7 * bell($seed, 'hour', p.r)
                WHEN chance($seed, 'part', p.r) < 0.90 THEN 7.6 + 0.6 * bell($seed, 'hour', p.r)
                ELSE 9.0 + 8.0 * chance($seed, 'hour', p.r) END)) END - c.offset_hours AS hour
  FROM placed p JOIN demo_clients c ON c.n = p.n
)
SELECT n, r, after(CAST(monday + CAST(day AS integer) AS timestamp), hour * 3600000) AS start_time
FROM timed

-- name: said_after
-- When so many of the turns of a session are over, in milliseconds after its start, breaks not counted.
CREATE OR REPLACE TEMP MACRO said_after(seconds, turns, many) AS
  CAST(900 + (seconds * 1000 - 2000) * many / greatest(1, turns) AS bigint)

-- name: sessions
CREATE OR REPLACE TEMP TABLE demo_sessions AS
WITH outcomes AS (
  SELECT *, CASE WHEN chance($seed, 'outcome', r) < 0.019 THEN 'failed'
                 WHEN chance($seed, 'outcome', r) < 0.100 THEN 'abandoned' ELSE 'completed' END AS status,
         chance($seed, 'reached', r) < 0.15 AS not_reached
  FROM demo_session_starts
),
lasting AS (
  SELECT *, CASE
      WHEN status = 'completed' THEN greatest(95, least(1800, exp(ln(730) + 0.48 * bell($seed, 'length', r))))
      WHEN status = 'failed' THEN 5 + 30 * chance($seed, 'length', r)
      WHEN not_reached THEN 8 + 45 * chance($seed, 'length', r)
      ELSE greatest(15, least(1500, exp(ln(250) + 0.85 * bell($seed, 'length', r)))) END AS seconds
  FROM outcomes
),
spoken AS (
  SELECT *, CASE
      WHEN written THEN 0
      WHEN status = 'completed' THEN 1 + 2 * within(seconds / 76 + 1.2 * bell($seed, 'turns', r), 1, 40)
      WHEN status = 'failed' OR not_reached THEN 0
      ELSE within(seconds / 38 + 0.8 * bell($seed, 'turns', r), 1, 80) END AS turns,
         chance($seed, 'break', r) AS break
  FROM (SELECT *, status = 'completed' AND seconds < 1800 AND chance($seed, 'written', r) < 0.02 AS written FROM lasting)
    AS l
),
broken AS (
  -- At most one break a session: its client pauses, their phone rings, the line breaks, once for good, or a human coach
  -- takes over for a while.
  SELECT *, CASE WHEN turns < 6 THEN NULL
                 WHEN break < 0.016 AND n <= $coached AND status = 'completed' THEN 'coach'
                 WHEN break < 0.04 THEN 'paused' WHEN break < 0.048 THEN 'interrupted'
                 WHEN break < 0.07 THEN 'line' END AS break_cause,
         turns > 0 AND status = 'abandoned' AND break >= 0.9 AS given_up,
         2 + choice($seed, 'break after', r, turns - 3) AS break_after
  FROM spoken
),
stopped AS (
  SELECT *, CAST(CASE WHEN break_cause IS NULL THEN 0
                      WHEN break_cause = 'line' THEN 1000 * exp(0.6 + 0.6 * bell($seed, 'break length', r))
                      ELSE 60000 + 600000 * pow(chance($seed, 'break length', r), 2) END AS bigint) AS break_ms
  FROM broken
)
SELECT s.n, s.r, s.number, printf('demo-%07d', s.number) AS id, c.id AS client_id, s.number_of_client, s.start_time, s.status,
       s.seconds, s.turns, s.written, s.break_cause, s.given_up, s.break_after, s.break_ms,
       after(s.start_time, said_after(s.seconds, s.turns, s.break_after - 0.1)) AS break_time,
       after(s.start_time, CAST(s.seconds * 1000 AS bigint) + s.break_ms) AS end_time,
       CASE WHEN s.status = 'failed' THEN 'agent_unreachable'
            WHEN s.status = 'abandoned' AND chance($seed, 'end', s.r) < 0.05 THEN 'server_stopped'
            WHEN s.status = 'abandoned' THEN 'left'
            WHEN s.seconds >= 1800 THEN 'time_limit'
            WHEN s.written THEN 'client'
            WHEN chance($seed, 'end', s.r) < 0.34 THEN 'agent' ELSE 'client' END AS end_reason,
       s.status <> 'failed' AND s.turns >= 2 AND s.seconds >= 60 AS is_talk,
       (CAST(c.last_day AS timestamp) - s.start_time < INTERVAL '63 days') = (chance($seed, 'agent', s.r) < 0.9)
         AS newer_agent,
       chance($seed, 'typed', s.r) < 0.12 AS typed,
       chance($seed, 'brief', s.r) < 0.3 AS brief,
       (c.topic + 5 * choice($seed, 'about', s.r, 2.2)) % (SELECT count(*) FROM demo_topics) AS topic,
       choice($seed, 'step', s.r, 3) AS step,
       choice($seed, 'words', s.r, 24) AS pick,
       choice($seed, 'more words', s.r, 24) AS stride,
       4.05 + 0.8 * ln(s.seconds / 730) + 0.35 * c.mood + 0.75 * bell($seed, 'liked', s.r) AS liking,
       c.growth
FROM (
  SELECT *, row_number() OVER (ORDER BY start_time, r) AS number,
         row_number() OVER (PARTITION BY n ORDER BY start_time, r) AS number_of_client
  FROM stopped
) AS s JOIN demo_clients c ON c.n = s.n
ORDER BY s.number

-- name: wishes
-- How clients want the AI coach to work: chosen on their profile page after the first session.
CREATE OR REPLACE TEMP TABLE demo_wishes AS
SELECT n, CASE WHEN chance($seed, 'tone', n) < 0.12 THEN 'gentle' END AS tone,
       CASE WHEN chance($seed, 'pace', n) < 0.12 THEN 'short' WHEN chance($seed, 'pace', n) < 0.2 THEN 'exploring' END
         AS pace,
       CASE WHEN chance($seed, 'opening', n) < 0.08 THEN 'check_back'
            WHEN chance($seed, 'opening', n) < 0.13 THEN 'goal' WHEN chance($seed, 'opening', n) < 0.2 THEN 'open' END
         AS opening,
       CASE WHEN chance($seed, 'lead', n) < 0.1 THEN 'client' WHEN chance($seed, 'lead', n) < 0.16 THEN 'coach' END
         AS lead
FROM demo_clients

-- name: trials
-- Some who are asked after a session try direct words in the next one, and keep them or not.
CREATE OR REPLACE TEMP TABLE demo_trials AS
SELECT s.n, s.id AS asked_in, s.number, after(s.end_time, 60000) AS begun_at, next.number AS tried_in,
       next.end_time AS ended_at, chance($seed, 'keeps it', s.r) < 0.55 AS kept
FROM demo_sessions s JOIN demo_sessions next ON next.n = s.n AND next.number_of_client = s.number_of_client + 1
WHERE s.is_talk AND s.number_of_client IN (1, 3, 8, 15) AND chance($seed, 'answers how', s.r) < 0.3

-- name: draws
-- Two versions were compared for some months, until six weeks before the end: each new client's draw, as
-- comparisons/drawing.py makes it; the first tenth are the fence. They do not differ.
CREATE OR REPLACE TEMP TABLE demo_draws AS
SELECT n, client_id, start_time AS drawn_at, fence, probability,
       CASE WHEN chance($seed, 'drawn', n) < probability THEN 'candidate' ELSE 'standing' END AS arm
FROM (
  SELECT *, place <= 0.1 * many AS fence, CASE WHEN place <= 0.1 * many THEN 0.1 ELSE 0.5 END AS probability
  FROM (
    SELECT n, client_id, start_time, row_number() OVER (ORDER BY number) AS place, count(*) OVER () AS many
    FROM demo_sessions
    WHERE number_of_client = 1 AND turns > 0 AND start_time >= $until::timestamp - INTERVAL '180 days'
      AND start_time < $until::timestamp - INTERVAL '42 days'
  ) AS firsts
) AS placed

-- name: joins
-- A human coach asks to join talks of their own clients; some say no, some do not answer. Who is let in stays for some
-- turns or to the end, beyond the time in which they took over.
CREATE OR REPLACE TEMP TABLE demo_joins AS
WITH asked AS (
  SELECT s.*, s.id || '.join' AS join_id, s.break_cause = 'coach' AS takes_over,
         CASE WHEN s.break_cause = 'coach' THEN s.break_after - 1
              ELSE 1 + choice($seed, 'join asked', s.r, greatest(1, s.turns // 3)) END AS asked_after,
         CASE WHEN s.break_cause = 'coach' OR chance($seed, 'join answer', s.r) < 0.74 THEN 'ended'
              WHEN chance($seed, 'join answer', s.r) < 0.9 THEN 'declined' ELSE 'expired' END AS join_status
  FROM demo_sessions s
  WHERE s.n <= $coached AND s.is_talk AND s.status = 'completed' AND s.turns >= 6
    AND (s.break_cause = 'coach' OR (s.break_cause IS NULL AND chance($seed, 'joined', s.r) < 0.11))
),
stayed AS (
  SELECT *, after(start_time, said_after(seconds, turns, asked_after - 0.1)) AS asked_at,
         CAST(4000 + 20000 * chance($seed, 'join answered', r) AS bigint) AS answer_ms,
         greatest(CASE WHEN takes_over THEN break_after + 1 ELSE asked_after + 3 END,
                  asked_after + choice($seed, 'join stays', r, 2 * turns)) AS leaves_after
  FROM asked
)
SELECT *, CASE WHEN join_status = 'expired' THEN NULL ELSE least(after(asked_at, answer_ms), end_time) END AS answered_at,
       CASE WHEN join_status = 'expired' THEN least(after(asked_at, 60000), end_time)
            WHEN join_status = 'declined' THEN NULL
            WHEN leaves_after >= turns THEN end_time
            ELSE after(start_time, said_after(seconds, turns, leaves_after - 0.1)
              + CASE WHEN leaves_after > break_after THEN break_ms ELSE 0 END) END AS left_at,
       CASE WHEN join_status <> 'ended' THEN NULL WHEN leaves_after >= turns THEN 'session'
            WHEN chance($seed, 'join end', r) < 0.2 THEN 'client' ELSE 'coach' END AS left_because,
       CASE WHEN join_status = 'ended' THEN least(after(asked_at, answer_ms + 400), left_at) END AS linked_at
FROM stayed

-- name: coach_acts
-- What the coach does once they are in, each between two turns, in order. `kind` is NULL for what is no turn, and
-- 'spoken' for words that the agent hears.
CREATE OR REPLACE TEMP TABLE demo_coach_acts AS
WITH possible AS (
  SELECT j.*, a.*, CASE WHEN a.at_break THEN j.break_after ELSE j.asked_after + a.later END AS after_turn
  FROM demo_joins j CROSS JOIN (
    SELECT unnest([1, 2, 3, 4, 5, 6, 7, 8]) AS place,
           unnest(['hint', 'say', 'both', NULL, 'listening', 'hint', 'take_over', 'hand_back']) AS act,
           unnest(['hint', 'message', NULL, 'spoken', NULL, 'hint', NULL, 'summary']) AS kind,
           unnest([1, 1, 2, 2, 2, 3, 0, 0]) AS later,
           unnest([0.3, 0.4, 0.5, 0.6, 0.7, 0.5, 0.1, 0.2]) AS between,
           unnest([FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, TRUE, TRUE]) AS at_break,
           unnest(['a hint', 'a word', 'both', 'both', 'both', 'more hints', 'taking over', 'taking over']) AS chosen,
           unnest([0.75, 0.3, 0.4, 0.4, 0.4, 0.4, 1.0, 1.0]) AS share
  ) AS a
  WHERE j.join_status = 'ended' AND (NOT a.at_break OR j.takes_over) AND chance($seed, a.chosen, j.r) < a.share
),
timed AS (
  SELECT *, CASE WHEN act = 'take_over' THEN break_time
                 WHEN act = 'hand_back' THEN after(break_time, break_ms)
                 ELSE after(start_time, said_after(seconds, turns, after_turn - 0.2 * (1 - between))
                   + CASE WHEN after_turn > break_after THEN break_ms ELSE 0 END) END AS done_at
  FROM possible WHERE after_turn < least(leaves_after, turns) AND (at_break OR break_cause IS NULL OR after_turn <> break_after)
)
SELECT t.number, t.id AS session_id, t.join_id, t.act, t.kind, t.after_turn, t.done_at,
       row_number() OVER (PARTITION BY t.number ORDER BY t.done_at, t.place) AS place,
       replace(replace(l.text, '{topic}', p.name), '{step}', p.steps[t.step + 1]) AS words
FROM timed t JOIN demo_topics p ON p.topic = t.topic
LEFT JOIN demo_lines l ON l.speaker = 'coach' AND l.phase = t.kind AND l.place = choice($seed, 'words ' || t.place, t.r, l.many)
WHERE t.done_at > t.answered_at AND t.done_at < t.left_at

-- name: turns
-- Who says what and when in the sessions with these numbers, by the keys of messages and contexts. The coach begins and
-- they take turns; GROW's phases have their share.
CREATE OR REPLACE TEMP MACRO demo_turns(seed, first, last) AS TABLE
WITH spread AS (
  SELECT *, CAST(unnest(range(1, turns + 1)) AS integer) AS seq FROM demo_sessions WHERE number BETWEEN first AND last
),
drawn AS (
  SELECT *, seq % 2 = 1 AS by_agent, (seq - 1.0) / turns AS share,
         hash(xor(CAST(number * 128 + seq AS ubigint), hash(seed, 'turn'))) AS h
  FROM spread
),
placed AS (
  SELECT *, CASE WHEN seq <= 2 THEN 0
                 WHEN status = 'completed' AND turns > 4 AND seq >= turns - 1 THEN 5
                 WHEN share < 0.28 THEN 1 WHEN share < 0.55 THEN 2 WHEN share < 0.77 THEN 3 ELSE 4 END AS phase
  FROM drawn
)
SELECT id, number, seq, by_agent,
       after(start_time, said_after(seconds, turns, seq - 1 + 0.8 * CAST(h >> 40 AS double) / 16777216.0)
         + CASE WHEN seq > break_after THEN break_ms ELSE 0 END) AS said_at,
       message_key(by_agent, phase, topic, step, (pick + stride * phase + seq // 2) % 24,
         CASE WHEN brief THEN 1 ELSE 0 END) AS message_key,
       context_key(by_agent, typed, newer_agent, CASE WHEN seq > 1 THEN CAST(h & 4095 AS integer) END,
         ((h >> 12) & 1023) < 41) AS context_key
FROM placed

-- name: silences
-- Now and then somebody thinks for long.
CREATE OR REPLACE TEMP TABLE demo_silences AS
SELECT number, id AS session_id, id || '.silence' AS id,
       after(start_time, said_after(seconds, turns, 1 + choice($seed, 'silence after', r, break_after - 1))) AS ended_at,
       round(least(90, 10 + 9 * -ln(1 - chance($seed, 'silence', r))), 1) AS seconds,
       CASE WHEN chance($seed, 'silence broken', r) < 0.63 THEN 'client'
            WHEN chance($seed, 'silence broken', r) < 0.96 THEN 'agent' ELSE 'nobody' END AS broken_by
FROM demo_sessions WHERE is_talk AND turns >= 6 AND NOT typed AND chance($seed, 'silent', r) < 0.16

-- name: goals
-- A first goal at the end of the first talk, others two and four talks later.
CREATE OR REPLACE TEMP TABLE demo_goals AS
SELECT s.n, s.client_id, g.place, s.number_of_client, s.growth, s.end_time AS created_at,
       printf('demo-goal-%05d-%d', s.n, g.place) AS id,
       (c.topic + 5 * g.place) % (SELECT count(*) FROM demo_topics) AS topic,
       within(0.6 + 2.9 * chance($seed, 'importance', s.n * 4 + g.place), 1, 3) AS importance,
       within(0.5 + 2.6 * chance($seed, 'difficulty', s.n * 4 + g.place), 1, 3) AS difficulty
FROM (SELECT *, row_number() OVER (PARTITION BY n ORDER BY number) AS talk FROM demo_sessions WHERE is_talk) AS s
JOIN demo_clients c ON c.n = s.n
JOIN (SELECT unnest([0, 1, 2]) AS place) AS g ON s.talk = 1 + 2 * g.place
WHERE chance($seed, 'goals', s.n) < [1.0, 0.6, 0.25][g.place + 1]

-- name: unsafe
-- Talks over for at least three days, the least liked of the last two months first.
CREATE OR REPLACE TEMP TABLE demo_unsafe AS
SELECT id, client_id, end_time, n <= $coached AS is_coached,
       row_number() OVER (ORDER BY start_time < $until::timestamp - INTERVAL '60 days', liking, number) AS place
FROM demo_sessions WHERE is_talk AND end_time < $until::timestamp - INTERVAL '3 days'
