-- name: unsettled
SELECT count(*) FROM coach_questions WHERE client_id = $1 AND status IN ('open', 'accepted')

-- name: add
INSERT INTO coach_questions (id, client_id, coach_email, words, why, status, proposed_at)
VALUES ($1, $2, $3, $4, $5, 'open', $6)

-- name: of_client
SELECT q.id, q.client_id, coalesce(m.display_name, 'Your human coach'), q.words, q.why, q.status, q.session_id,
       q.proposed_at, q.told_at
FROM coach_questions q LEFT JOIN members m ON m.email = q.coach_email
WHERE q.client_id = $1 ORDER BY q.proposed_at DESC, q.id DESC LIMIT $2

-- name: for_session
-- The session's own one, or the one that waits longest.
SELECT q.id, coalesce(m.display_name, 'the human coach'), q.words, q.session_id
FROM coach_questions q LEFT JOIN members m ON m.email = q.coach_email
WHERE q.client_id = $1 AND (q.status = 'accepted' OR (q.status = 'asked' AND q.session_id = $2))
ORDER BY (q.session_id IS NOT NULL AND q.session_id = $2) DESC, q.answered_at, q.id LIMIT 1

-- name: tell_in
UPDATE coach_questions SET session_id = $2, told_at = $3 WHERE id = $1 AND status = 'accepted' RETURNING id

-- name: answer
UPDATE coach_questions SET status = $3, answered_at = $4
WHERE id = $1 AND client_id = $2 AND status = ANY($5::text[]) RETURNING id

-- name: asked
UPDATE coach_questions SET status = 'asked'
WHERE session_id = ANY($1::text[]) AND status = 'accepted'
