-- name: feedback_of
SELECT rating, comment, comment_for FROM feedback WHERE session_id = $1

-- name: is_off_record
SELECT off_record_at IS NOT NULL FROM sessions WHERE id = $1

-- name: rate
INSERT INTO feedback (session_id, rating, nps, comment, comment_for, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (session_id) DO UPDATE SET rating = excluded.rating, nps = excluded.nps, comment = excluded.comment,
  comment_for = excluded.comment_for, created_at = excluded.created_at

-- name: share_no_more
UPDATE feedback SET comment_for = NULL WHERE session_id = $1

-- name: asked_after
SELECT question, score FROM session_questions WHERE session_id = $1

-- name: asked
-- All that the client was asked, session by session, in the order of asking.
SELECT session_id, question, score FROM session_questions WHERE client_id = $1 ORDER BY asked_at, session_id

-- name: ask
-- Not after a session that its client deleted since.
INSERT INTO session_questions (session_id, client_id, question, asked_at)
SELECT s.id, s.client_id, q.question, $4 FROM sessions s, (SELECT unnest($3::text[]) AS question) AS q
WHERE s.id = $1 AND s.client_id = $2

-- name: answer
UPDATE session_questions SET score = v.score
FROM (SELECT unnest($2::text[]) AS question, unnest($3::smallint[]) AS score) AS v
WHERE session_questions.session_id = $1 AND session_questions.question = v.question

-- name: put_check_in
INSERT INTO check_ins (session_id, heard, right_topics, approach_fits, overall, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (session_id) DO UPDATE SET heard = excluded.heard, right_topics = excluded.right_topics,
  approach_fits = excluded.approach_fits, overall = excluded.overall, created_at = excluded.created_at
