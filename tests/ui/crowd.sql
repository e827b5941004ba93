-- One row a client in each table that keeps words, with their mark in all of it; given: how many clients, and a moment.
CREATE TEMP TABLE them AS SELECT n, 'client-' || n AS id, 'mark' || lpad(CAST(n AS text), 4, '0') || 'x' AS mark
FROM generate_series(0, $1 - 1) AS t(n);
UPDATE them SET id = 'demo-ana' WHERE n = 0;
UPDATE them SET id = 'demo-ben' WHERE n = 1;
INSERT INTO client_profiles (id, display_name, created_at) SELECT id, mark, $2 FROM them WHERE n > 1;
UPDATE client_profiles SET preferences = 'likes ' || mark, challenges = 'fears ' || mark FROM them
WHERE them.id = client_profiles.id;
INSERT INTO members (email, display_name, role, status, client_id, coach_email, answers, source, created_at,
  updated_at)
SELECT mark || '@example.com', mark, 'client', 'active', id, 'someone.else@example.com',
  CAST('{"Why?": "because of ' || mark || '"}' AS JSON), 'manual', $2, $2 FROM them WHERE n > 1;
INSERT INTO goals (id, client_id, title, weight, created_at, importance, difficulty)
SELECT 'g' || n, id, 'reach ' || mark, 4, $2, 2, 2 FROM them;
INSERT INTO goal_levels SELECT 'g' || n, 0, 'level ' || mark FROM them;
INSERT INTO actions (id, client_id, title, status, due_at, created_at)
SELECT 'a' || n, id, 'do ' || mark, 'open', $2 + INTERVAL '7 days', $2 FROM them;
INSERT INTO sessions (id, room_id, client_id, start_time, end_time, status, end_reason, last_seen_at)
SELECT 's' || n, 'room-' || n, id, $2, $2 + INTERVAL '5 minutes', 'completed', 'client', $2 FROM them;
INSERT INTO conversations (session_id, seq, id, message, sender, timestamp, context)
SELECT 's' || n, k, 't' || k, 'said ' || mark, CASE k WHEN 1 THEN 'client' ELSE 'agent' END, $2,
  CAST('{}' AS JSON) FROM them, generate_series(1, 2) AS each(k);
INSERT INTO feedback (session_id, rating, comment, created_at) SELECT 's' || n, 4, 'felt ' || mark, $2 FROM them;
INSERT INTO memories (id, client_id, kind, text, fingerprint, session_id, turns, confidence, source, status,
  created_at, changed_at)
SELECT 'm' || n || kind, id, kind, kind || ' ' || mark, 'f' || n || kind, 's' || n, CAST('["t1"]' AS JSON), 0.9,
  'tool', 'active', $2, $2 FROM them, (SELECT unnest(ARRAY['fact', 'summary']) AS kind) AS kinds;
INSERT INTO proposals (id, client_id, session_id, source, kind, content, turns, status, created_at)
SELECT 'p' || n, id, 's' || n, 'provider', 'action', CAST('{"title": "try ' || mark || '"}' AS JSON), CAST('[]' AS JSON),
  'open', $2 FROM them;
INSERT INTO briefings (session_id, client_id, variables, long_form, made_at)
SELECT 's' || n, id, CAST('{}' AS JSON), 'told ' || mark, $2 FROM them;
DROP TABLE them
