-- Reads, checks and writes the seed's tables. DuckDB only: it runs where the file is, on the operator's machine.
-- The views raw_* hold the files' columns as text beside `line`, the record's number from 1.

-- name: moment
CREATE OR REPLACE TEMP MACRO moment(value) AS CASE
  -- Milliseconds since 1970, as Prisma keeps times in SQLite.
  WHEN regexp_full_match(trim(value), '\d{12,13}') THEN make_timestamp(1000 * TRY_CAST(trim(value) AS BIGINT))
  WHEN regexp_full_match(trim(value),
    '(19|2\d)\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?([Zz]|UTC|[+-]\d\d(:?\d\d)?))?)?')
  THEN TRY_CAST(replace(trim(value), ',', '.') AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END

-- name: number
CREATE OR REPLACE TEMP MACRO number(value) AS CASE
  WHEN isfinite(TRY_CAST(value AS DOUBLE)) THEN TRY_CAST(value AS DOUBLE) END

-- name: whole
CREATE OR REPLACE TEMP MACRO whole(value) AS CASE
  WHEN number(value) = round(number(value)) AND abs(number(value)) < 1000 THEN CAST(number(value) AS SMALLINT) END

-- name: stage_client_profiles
CREATE OR REPLACE TEMP TABLE new_profiles AS
SELECT line, id, skool_user_id, display_name, preferences, challenges, goals, history, created_at AS created_text,
       moment(created_at) AS created_at
FROM raw_client_profiles

-- name: stage_sessions
CREATE OR REPLACE TEMP TABLE new_sessions AS
SELECT line, id, room_id, client_id, start_time AS start_text, moment(start_time) AS start_time,
       end_time AS end_text, moment(end_time) AS end_time, status AS status_text,
       CASE WHEN lower(trim(status)) IN ('completed', 'ended', 'finished', 'closed', 'done') THEN 'completed'
            WHEN lower(trim(status)) IN ('abandoned', 'cancelled', 'canceled', 'left') THEN 'abandoned'
            WHEN lower(trim(status)) IN ('waiting', 'active', 'open') THEN 'abandoned'
            WHEN lower(trim(status)) IN ('failed', 'error') THEN 'failed' END AS status
FROM raw_sessions

-- name: stage_conversations
CREATE OR REPLACE TEMP TABLE new_turns AS
SELECT line, id, session_id, coalesce(message, '') AS message, sender AS sender_text,
       CASE lower(trim(sender)) WHEN 'client' THEN 'client' WHEN 'user' THEN 'client' WHEN 'agent' THEN 'agent'
         WHEN 'ai' THEN 'agent' WHEN 'coach' THEN 'coach' WHEN 'system' THEN 'system' END AS sender,
       timestamp AS timestamp_text, moment(timestamp) AS timestamp,
       CASE WHEN coalesce(trim(context), '') IN ('', 'null') THEN '{"source":"import"}'
            WHEN json_valid(context) AND json_type(context) = 'OBJECT'
            THEN CAST(json_merge_patch(CAST(context AS JSON), '{"source":"import"}') AS VARCHAR)
            ELSE CAST(json_object('note', context, 'source', 'import') AS VARCHAR) END AS context
FROM raw_conversations

-- name: stage_feedback
CREATE OR REPLACE TEMP TABLE new_feedback AS
SELECT line, session_id, rating AS rating_text, whole(rating) AS rating, nps AS nps_text, whole(nps) AS nps, comment,
       created_at AS created_text, moment(created_at) AS created_at
FROM raw_feedback

-- name: stage_goals
CREATE OR REPLACE TEMP TABLE new_goals AS
SELECT 'goals' AS origin, line, id, client_id, title, coalesce(weight, '1') AS weight_text,
       number(coalesce(weight, '1')) AS weight, created_at AS created_text, moment(created_at) AS created_at
FROM raw_goals

-- name: stage_goal_checkins
CREATE OR REPLACE TEMP TABLE new_checkins AS
SELECT line, coalesce(id, goal_id || ':checkin:' || strftime(moment(created_at), '%Y-%m-%dT%H:%M:%S.%f')) AS id,
       goal_id, score AS score_text, whole(score) AS score, created_at AS created_text,
       moment(created_at) AS created_at
FROM raw_goal_checkins

-- name: written_goals
SELECT line, id, goals, created_at FROM new_profiles WHERE trim(goals) <> '' AND trim(id) <> ''

-- name: add_written_goals
INSERT INTO new_goals
SELECT 'client_profiles', unnest($1::bigint[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), '1', 1, NULL,
       unnest($5::timestamp[])

-- name: end_sessions
UPDATE new_sessions SET end_time = greatest(start_time, coalesce(
  (SELECT max(t.timestamp) FROM new_turns t WHERE t.session_id = new_sessions.id), start_time))
WHERE coalesce(trim(end_text), '') = ''

-- name: faults_client_profiles
SELECT 'client_profiles', line, reason, value, count(*) OVER () FROM (
  SELECT line, 'the id is missing' AS reason, NULL AS value FROM new_profiles WHERE coalesce(trim(id), '') = ''
  UNION ALL
  SELECT p.line, 'the id {} stands there twice', p.id FROM new_profiles p JOIN (
    SELECT id, min(line) AS line FROM new_profiles GROUP BY id HAVING count(*) > 1) d
    ON d.id = p.id AND p.line > d.line
  UNION ALL
  SELECT line, 'createdAt {} is not an ISO 8601 time', created_text FROM new_profiles
  WHERE trim(created_text) <> '' AND created_at IS NULL
  UNION ALL
  SELECT p.line, 'client {} is in the database already with other content', p.id
  FROM new_profiles p JOIN client_profiles k ON k.id = p.id
  WHERE k.erased_at IS NOT NULL OR k.skool_user_id IS DISTINCT FROM p.skool_user_id
     OR k.display_name IS DISTINCT FROM p.display_name OR k.preferences IS DISTINCT FROM p.preferences
     OR k.challenges IS DISTINCT FROM p.challenges OR k.history IS DISTINCT FROM p.history
     OR k.created_at <> p.created_at
) AS faults ORDER BY line LIMIT 20

-- name: faults_sessions
SELECT 'sessions', line, reason, value, count(*) OVER () FROM (
  SELECT line, 'the id is missing' AS reason, NULL AS value FROM new_sessions WHERE coalesce(trim(id), '') = ''
  UNION ALL
  SELECT s.line, 'the id {} stands there twice', s.id FROM new_sessions s JOIN (
    SELECT id, min(line) AS line FROM new_sessions GROUP BY id HAVING count(*) > 1) d
    ON d.id = s.id AND s.line > d.line
  UNION ALL
  SELECT line, 'client {} is unknown', client_id FROM new_sessions s
  WHERE NOT EXISTS (SELECT 1 FROM new_profiles p WHERE p.id = s.client_id)
    AND NOT EXISTS (SELECT 1 FROM client_profiles k WHERE k.id = s.client_id AND k.erased_at IS NULL)
  UNION ALL
  SELECT line, 'startTime {} is not an ISO 8601 time', start_text FROM new_sessions WHERE start_time IS NULL
  UNION ALL
  SELECT line, 'endTime {} is not an ISO 8601 time', end_text FROM new_sessions
  WHERE trim(end_text) <> '' AND end_time IS NULL
  UNION ALL
  SELECT line, 'endTime {} lies before startTime', end_text FROM new_sessions WHERE end_time < start_time
  UNION ALL
  SELECT line, 'the status {} is unknown', status_text FROM new_sessions WHERE status IS NULL
  UNION ALL
  SELECT s.line, 'room {} belongs to another client', s.room_id
  FROM new_sessions s JOIN rooms k ON k.id = s.room_id WHERE k.client_id <> s.client_id AND k.status = 'open'
  UNION ALL
  SELECT s.line, 'session {} is in the database already with other content', s.id
  FROM new_sessions s JOIN sessions k ON k.id = s.id
  WHERE k.room_id IS DISTINCT FROM s.room_id OR k.client_id IS DISTINCT FROM s.client_id
     OR k.start_time <> s.start_time OR k.end_time IS DISTINCT FROM s.end_time OR k.status <> s.status
) AS faults ORDER BY line LIMIT 20

-- name: faults_conversations
SELECT 'conversations', line, reason, value, count(*) OVER () FROM (
  SELECT line, 'the id is missing' AS reason, NULL AS value FROM new_turns WHERE coalesce(trim(id), '') = ''
  UNION ALL
  SELECT t.line, 'the id {} stands there twice', t.id FROM new_turns t JOIN (
    SELECT id, min(line) AS line FROM new_turns GROUP BY id HAVING count(*) > 1) d
    ON d.id = t.id AND t.line > d.line
  UNION ALL
  SELECT line, 'session {} is unknown', session_id FROM new_turns t
  WHERE NOT EXISTS (SELECT 1 FROM new_sessions s WHERE s.id = t.session_id)
    AND NOT EXISTS (SELECT 1 FROM sessions k WHERE k.id = t.session_id)
  UNION ALL
  SELECT line, 'the sender {} is unknown', sender_text FROM new_turns WHERE sender IS NULL
  UNION ALL
  SELECT line, 'the timestamp {} is not an ISO 8601 time', timestamp_text FROM new_turns WHERE timestamp IS NULL
  UNION ALL
  SELECT t.line, 'conversation {} is in the database already with other content', t.id
  FROM new_turns t JOIN conversations k ON k.session_id = t.session_id AND k.id = t.id
  WHERE k.message <> t.message OR k.sender <> t.sender OR k.timestamp <> t.timestamp
     OR CAST(k.context AS VARCHAR) <> t.context
) AS faults ORDER BY line LIMIT 20

-- name: faults_feedback
SELECT 'feedback', line, reason, value, count(*) OVER () FROM (
  SELECT f.line, 'the session {} has feedback already, further up' AS reason, f.session_id AS value
  FROM new_feedback f JOIN (
    SELECT session_id, min(line) AS line FROM new_feedback GROUP BY session_id HAVING count(*) > 1) d
    ON d.session_id = f.session_id AND f.line > d.line
  UNION ALL
  SELECT line, 'session {} is unknown', session_id FROM new_feedback f
  WHERE NOT EXISTS (SELECT 1 FROM new_sessions s WHERE s.id = f.session_id)
    AND NOT EXISTS (SELECT 1 FROM sessions k WHERE k.id = f.session_id)
  UNION ALL
  SELECT line, 'the rating {} is not one of 1 to 5', rating_text FROM new_feedback
  WHERE trim(rating_text) <> '' AND coalesce(rating NOT BETWEEN 1 AND 5, TRUE)
  UNION ALL
  SELECT line, 'nps {} is not one of 0 to 10', nps_text FROM new_feedback
  WHERE trim(nps_text) <> '' AND coalesce(nps NOT BETWEEN 0 AND 10, TRUE)
  UNION ALL
  SELECT line, 'createdAt {} is not an ISO 8601 time', created_text FROM new_feedback WHERE created_at IS NULL
  UNION ALL
  SELECT f.line, 'feedback on session {} is in the database already with other content', f.session_id
  FROM new_feedback f JOIN feedback k ON k.session_id = f.session_id
  WHERE k.rating IS DISTINCT FROM f.rating OR k.nps IS DISTINCT FROM f.nps
     OR k.comment IS DISTINCT FROM f.comment OR k.created_at <> f.created_at
) AS faults ORDER BY line LIMIT 20

-- name: faults_goals
SELECT origin, line, reason, value, count(*) OVER () FROM (
  SELECT origin, line, 'the id is missing' AS reason, NULL AS value FROM new_goals WHERE coalesce(trim(id), '') = ''
  UNION ALL
  SELECT origin, line, 'the goal id {} stands there twice', id FROM (
    SELECT origin, line, id, row_number() OVER (PARTITION BY id ORDER BY origin, line) AS place FROM new_goals) g
  WHERE place > 1
  UNION ALL
  SELECT origin, line, 'client {} is unknown', client_id FROM new_goals g
  WHERE NOT EXISTS (SELECT 1 FROM new_profiles p WHERE p.id = g.client_id)
    AND NOT EXISTS (SELECT 1 FROM client_profiles k WHERE k.id = g.client_id AND k.erased_at IS NULL)
  UNION ALL
  SELECT origin, line, 'the title is missing', NULL FROM new_goals WHERE coalesce(trim(title), '') = ''
  UNION ALL
  SELECT origin, line, 'the weight {} is not a number of 0 or more', weight_text FROM new_goals
  WHERE coalesce(weight < 0, TRUE)
  UNION ALL
  SELECT origin, line, 'createdAt {} is not an ISO 8601 time', created_text FROM new_goals
  WHERE origin = 'goals' AND created_at IS NULL
  UNION ALL
  SELECT g.origin, g.line, 'goal {} is in the database already with other content', g.id
  FROM new_goals g JOIN goals k ON k.id = g.id
  WHERE k.client_id IS DISTINCT FROM g.client_id OR k.title IS DISTINCT FROM g.title
     OR k.weight IS DISTINCT FROM g.weight OR k.created_at <> g.created_at
) AS faults ORDER BY origin, line LIMIT 20

-- name: faults_goal_checkins
SELECT 'goal_checkins', line, reason, value, count(*) OVER () FROM (
  SELECT c.line, 'the check-in {} stands there twice' AS reason, c.id AS value FROM new_checkins c JOIN (
    SELECT id, min(line) AS line FROM new_checkins GROUP BY id HAVING count(*) > 1) d
    ON d.id = c.id AND c.line > d.line
  UNION ALL
  SELECT line, 'goal {} is unknown', goal_id FROM new_checkins c
  WHERE NOT EXISTS (SELECT 1 FROM new_goals g WHERE g.id = c.goal_id)
    AND NOT EXISTS (SELECT 1 FROM goals k WHERE k.id = c.goal_id)
  UNION ALL
  SELECT line, 'the score {} is not one of -2 to 2', score_text FROM new_checkins
  WHERE coalesce(score NOT BETWEEN -2 AND 2, TRUE)
  UNION ALL
  SELECT line, 'createdAt {} is not an ISO 8601 time', created_text FROM new_checkins WHERE created_at IS NULL
  UNION ALL
  SELECT c.line, 'check-in {} is in the database already with other content', c.id
  FROM new_checkins c JOIN goal_checkins k ON k.id = c.id
  WHERE k.goal_id IS DISTINCT FROM c.goal_id OR k.score IS DISTINCT FROM c.score OR k.created_at <> c.created_at
) AS faults ORDER BY line LIMIT 20

-- name: insert_client_profiles
INSERT INTO client_profiles (id, skool_user_id, display_name, preferences, challenges, history, created_at)
SELECT p.id, p.skool_user_id, p.display_name, p.preferences, p.challenges, p.history,
       coalesce(p.created_at, (SELECT min(s.start_time) FROM new_sessions s WHERE s.client_id = p.id), $1::timestamp)
FROM new_profiles p WHERE NOT EXISTS (SELECT 1 FROM client_profiles k WHERE k.id = p.id) ORDER BY p.line

-- name: insert_rooms
INSERT INTO rooms (id, client_id, status, created_at, expires_at, closed_at)
SELECT s.room_id, arg_min(s.client_id, s.start_time), 'closed', min(s.start_time), max(s.end_time), max(s.end_time)
FROM new_sessions s
WHERE trim(s.room_id) <> '' AND NOT EXISTS (SELECT 1 FROM rooms k WHERE k.id = s.room_id)
GROUP BY s.room_id ORDER BY min(s.start_time)

-- name: insert_sessions
INSERT INTO sessions (id, room_id, client_id, start_time, end_time, status, last_seen_at)
SELECT s.id, s.room_id, s.client_id, s.start_time, s.end_time, s.status, s.end_time
FROM new_sessions s WHERE NOT EXISTS (SELECT 1 FROM sessions k WHERE k.id = s.id) ORDER BY s.start_time, s.line

-- name: insert_conversations
INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context)
SELECT t.session_id, coalesce(k.seq, 0) + row_number() OVER (PARTITION BY t.session_id ORDER BY t.timestamp, t.line),
       t.id, t.message, t.sender, t.timestamp, CAST(t.context AS JSON)
FROM new_turns t
LEFT JOIN (SELECT session_id, max(seq) AS seq FROM conversations GROUP BY session_id) k ON k.session_id = t.session_id
WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.session_id = t.session_id AND c.id = t.id)

-- name: insert_feedback
INSERT INTO feedback (session_id, rating, nps, comment, created_at)
SELECT f.session_id, f.rating, f.nps, f.comment, f.created_at
FROM new_feedback f WHERE NOT EXISTS (SELECT 1 FROM feedback k WHERE k.session_id = f.session_id)

-- name: insert_goals
INSERT INTO goals (id, client_id, title, weight, created_at)
SELECT g.id, g.client_id, g.title, g.weight,
       coalesce(g.created_at, (SELECT min(s.start_time) FROM new_sessions s WHERE s.client_id = g.client_id), $1::timestamp)
FROM new_goals g WHERE NOT EXISTS (SELECT 1 FROM goals k WHERE k.id = g.id) ORDER BY g.origin, g.line

-- name: insert_goal_checkins
INSERT INTO goal_checkins (id, goal_id, score, created_at)
SELECT c.id, c.goal_id, c.score, c.created_at
FROM new_checkins c WHERE NOT EXISTS (SELECT 1 FROM goal_checkins k WHERE k.id = c.id)
