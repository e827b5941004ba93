-- name: put
-- Of a session of this client's that is over, and not off the record, to the coach whom they have now; handed again,
-- the coach looks at it again.
INSERT INTO handoffs (session_id, client_id, comment, sentences, with_rating, with_transcript, made_at, coach_email)
SELECT s.id, s.client_id, $3, CAST($4 AS JSON), $5, $6, $7, m.coach_email
FROM sessions s JOIN members m ON m.client_id = s.client_id AND m.coach_email IS NOT NULL
WHERE s.id = $1 AND s.client_id = $2 AND s.status NOT IN ('waiting', 'active') AND s.off_record_at IS NULL
ON CONFLICT (session_id) DO UPDATE SET comment = excluded.comment, sentences = excluded.sentences,
  with_rating = excluded.with_rating, with_transcript = excluded.with_transcript, made_at = excluded.made_at,
  coach_email = excluded.coach_email, done_at = NULL
RETURNING session_id

-- name: delete
DELETE FROM handoffs WHERE session_id = $1 AND client_id = $2

-- name: of_session
SELECT h.session_id, h.client_id, m.display_name, h.comment, h.sentences, h.with_rating, h.with_transcript, h.made_at,
       h.done_at, coalesce(h.coach_email = m.coach_email, FALSE)
FROM handoffs h LEFT JOIN members m ON m.client_id = h.client_id WHERE h.session_id = $1 AND h.client_id = $2

-- name: to_coach
-- To this very coach, of one client or of all of theirs: those they are not done with, then the others, the latest
-- first. Not what was handed to the coach before them.
SELECT h.session_id, h.client_id, m.display_name, h.comment, h.sentences, h.with_rating, h.with_transcript, h.made_at,
       h.done_at, TRUE
FROM handoffs h JOIN members m ON m.client_id = h.client_id
WHERE h.coach_email = $1 AND m.coach_email = $1 AND m.role = 'client' AND m.status = 'active'
  AND (CAST($2 AS text) IS NULL OR h.client_id = CAST($2 AS text))
ORDER BY h.done_at IS NOT NULL, h.made_at DESC, h.session_id LIMIT $3

-- name: done
UPDATE handoffs SET done_at = coalesce(done_at, $3)
WHERE session_id = $1 AND coach_email = $2 AND client_id IN (SELECT client_id FROM members WHERE coach_email = $2)
